"""Invented borrowers: names, resident IDs, phones and addresses that fit one another.

Region codes are those of GB/T 2260; everything else about a person is drawn.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from itertools import accumulate
from random import Random
from typing import Generic, NamedTuple, TypeVar

from reviewdesk.identity import id_check_digit

T = TypeVar("T")

_MOBILE_HEADS = (
    "130 131 132 133 135 136 137 138 139 147 150 151 152 153 155 156 157 158 159 166 170 173 175 176 177 178 180 181 "
    "182 183 185 186 187 188 189 191 193 195 198 199"
)
MOBILE_HEADS = tuple(_MOBILE_HEADS.split())
YOUNGEST, OLDEST = 22, 62
"""Ages of borrowers, in years, when their contract is made."""


class Place(NamedTuple):
    """A district with its code; of a municipality the province is the city."""

    code: str
    province: str
    city: str
    district: str

    @property
    def address(self) -> str:
        """Province, city and district, as an address begins."""
        return f"{'' if self.province == self.city else self.province}{self.city}{self.district}"

    @property
    def court(self) -> str:
        """The basic people's court of the district."""
        return f"{self.city}{self.district}人民法院"


@dataclass(slots=True)
class Person:
    """A borrower."""

    name: str
    id_no: str
    male: bool
    born: date
    ethnicity: str
    place: Place
    id_address: str
    contact_address: str
    mobile: str
    employer: str


class Weighted(Generic[T]):
    """Things to draw from, some more often than others."""

    def __init__(self, things: Sequence[tuple[T, float]]) -> None:
        self.things = [thing for thing, _ in things]
        self.sums = list(accumulate(weight for _, weight in things))

    def draw(self, random: Random) -> T:
        """One of the things."""
        return random.choices(self.things, cum_weights=self.sums)[0]


def lines(name: str) -> Iterator[str]:
    """The lines of a data file, without comments."""
    text = files(__package__).joinpath("data", name).read_text(encoding="utf-8")
    return (line for line in text.splitlines() if line and not line.startswith("#"))


def words(name: str) -> list[str]:
    """The words of a data file."""
    return [word for line in lines(name) for word in line.split()]


@cache
def places() -> Weighted[tuple[Place, ...]]:
    """The districts of each city, by the share of borrowers who live there."""
    cities = []
    for line in lines("regions.txt"):
        province, city, weight, districts = line.split("|")
        parts = districts.split()
        found = tuple(Place(code, province, city, name) for code, name in zip(parts[::2], parts[1::2], strict=True))
        cities.append((found, float(weight)))
    return Weighted(cities)


@cache
def _surnames() -> Weighted[str]:
    found = words("surnames.txt")
    return Weighted([(name, float(count)) for name, count in zip(found[::2], found[1::2], strict=True)])


@cache
def _given() -> dict[str, list[str]]:
    return {kind: letters for kind, *letters in (line.split() for line in lines("given_names.txt"))}


@cache
def _peoples() -> dict[str, Weighted[str]]:
    found = {}
    for line in lines("ethnicities.txt"):
        province, *parts = line.split()
        shares = [(name, float(share)) for name, share in zip(parts[::2], parts[1::2], strict=True)]
        rest = 100 - sum(share for _, share in shares)
        found[province] = Weighted([*shares, ("汉", rest)] if rest else shares)
    return found


@cache
def _streets() -> tuple[list[str], list[str]]:
    return words("streets.txt"), words("communities.txt")


@cache
def _employers() -> dict[str, list[str]]:
    return {kind: parts for kind, *parts in (line.split() for line in lines("employers.txt"))}


def id_number(place: Place, born: date, male: bool, serial: int) -> str:
    """A number of GB 11643 for one born there that day; `serial` below 500 tells same-day births apart."""
    body = f"{place.code}{born:%Y%m%d}{serial * 2 + male:03d}"
    return body + id_check_digit(body)


class People:
    """Draws borrowers. No two share an ID number or a phone."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._taken: set[str] = set()

    def borrower(self, contract_on: date) -> Person:
        """One who was of age when the contract was made."""
        random = self.random
        male = random.random() < 0.62
        place = random.choice(places().draw(random))
        years = YOUNGEST + (OLDEST - YOUNGEST) * random.random() * random.random()
        born = contract_on - timedelta(days=int(years * 365.25) + random.randrange(365))
        id_address = self.address(place)
        return Person(
            name=self.name(male),
            id_no=self._fresh(lambda: id_number(place, born, male, random.randrange(1, 480))),
            male=male,
            born=born,
            ethnicity=_peoples().get(place.province, _peoples()["*"]).draw(random),
            place=place,
            id_address=id_address,
            contact_address=id_address if random.random() < 0.5 else self.address(place),
            mobile=self.mobile(),
            employer=self._employer(place),
        )

    def name(self, male: bool) -> str:
        """A name of two to four characters."""
        random = self.random
        given = _given()
        own = given["男" if male else "女"]
        name = _surnames().draw(random)
        if random.random() < 0.78:
            name += random.choice(given["前"] if random.random() < 0.5 else own)
        return name + random.choice(own)

    def address(self, place: Place) -> str:
        """A street, a community and a door in a district."""
        random = self.random
        streets, communities = _streets()
        head = f"{place.address}{random.choice(streets)}{random.randrange(1, 480)}号"
        if random.random() < 0.25:
            return head
        house, stair = random.randrange(1, 29), random.randrange(1, 4)
        door = f"{random.randrange(1, 27)}0{random.randrange(1, 5)}"
        return f"{head}{random.choice(communities)}{house}栋{stair}单元{door}室"

    def mobile(self) -> str:
        """A phone number in an assigned range that nobody else has."""
        return self._fresh(lambda: f"{self.random.choice(MOBILE_HEADS)}{self.random.randrange(10**8):08d}")

    def _employer(self, place: Place) -> str:
        parts = _employers()
        if self.random.random() < 0.18:
            return self.random.choice(parts["无"])
        return f"{place.city.removesuffix('市')}{self.random.choice(parts['前'])}{self.random.choice(parts['后'])}"

    def _fresh(self, draw: Callable[[], str]) -> str:
        while (found := draw()) in self._taken:
            pass
        self._taken.add(found)
        return found
