"""Who lives in the demo. The named accounts share one password, which the README tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import Profile, User

PASSWORD = "demo-pass-1234"  # noqa: S105 - told in the README; the command refuses to run in production


@dataclass(frozen=True, kw_only=True)
class Person:
    username: str
    name: str
    bio: str = ""
    location: str = ""
    website: str = ""
    social_links: dict[str, str] = field(default_factory=dict)
    creator: bool = False
    staff: bool = False
    signs_in: bool = True
    time_zone: str = "UTC"


PEOPLE = [
    Person(
        username="ada",
        name="Ada Lindqvist",
        bio="Prints and binds small books in an old dairy, and writes down what each of them cost. Eleven titles, two presses, no foil.",
        location="Göteborg, Sweden",
        website="https://ada.example.com",
        creator=True,
        time_zone="Europe/Stockholm",
    ),
    Person(
        username="marta",
        name="Marta Kowalczyk",
        bio="Draws text typefaces for newspapers and one stubborn tram operator. Teaches on Fridays.",
        location="Łódź, Poland",
        website="https://marta.example.com",
        creator=True,
        time_zone="Europe/Warsaw",
    ),
    Person(
        username="idris",
        name="Idris Bello",
        bio="Data analyst turned prompt writer. Tests every prompt on three models and keeps the failures.",
        location="Lagos, Nigeria",
        creator=True,
        time_zone="Africa/Lagos",
    ),
    Person(
        username="hanne",
        name="Hanne Dahl",
        bio="Runs a one-person studio and sells the paperwork that runs it: invoices, plans, letters that get answered.",
        location="Bergen, Norway",
        website="https://hanne.example.com",
        creator=True,
        time_zone="Europe/Oslo",
    ),
    Person(
        username="naledi",
        name="Naledi Mokoena",
        bio="Botanist and patient teacher. Makes personas that know their subject and say so when they do not.",
        location="Gqeberha, South Africa",
        creator=True,
        time_zone="Africa/Johannesburg",
    ),
    Person(username="ben", name="Ben Adeyemi", location="Leeds, England", time_zone="Europe/London"),
    Person(username="cleo", name="Cleo Fontaine", location="Lyon, France", time_zone="Europe/Paris"),
    Person(username="mo", name="Mo Haddad", bio="Looks after the rules.", staff=True),
    *(
        Person(username=username, name=name, location=location, signs_in=False)
        for username, name, location in [
            ("rosa", "Rosa Lima", "Porto, Portugal"),
            ("jonas", "Jonas Weidmann", "Leipzig, Germany"),
            ("ana", "Ana Pizarro", "Valparaíso, Chile"),
            ("tomas", "Tomás Araya", "Santiago, Chile"),
            ("amal", "أمل الخطيب", "Amman, Jordan"),
            ("ayumi", "Ayumi Satō", "Kanazawa, Japan"),
            ("piet", "Piet van der Meer", "Utrecht, Netherlands"),
            ("lucia", "Lucía Ferrer", "Valencia, Spain"),
            ("bryn", "Bryn Rees", "Aberystwyth, Wales"),
            ("chidinma", "Dr. Chidinma Okonkwo-Featherstonehaugh", "Enugu, Nigeria"),
            ("noor", "Noor Rahman", "Dhaka, Bangladesh"),
            ("emil", "Emil Sørensen", "Aarhus, Denmark"),
        ]
    ),
]


def ensure_people() -> dict[str, User]:
    """The demo's accounts by username, made where they are missing."""
    joined = timezone.now() - timedelta(days=120)
    people = {user.username: user for user in User.objects.filter(username__in=[person.username for person in PEOPLE])}
    if len(people) == len(PEOPLE):
        return people
    # Hashed once for all of them: a hash is slow on purpose.
    hashed = make_password(PASSWORD)
    for person in PEOPLE:
        if person.username in people:
            continue
        email = f"{person.username}@example.com"
        user = User.objects.create_user(
            person.username,
            email,
            None,
            is_staff=person.staff,
            is_superuser=person.staff,
            date_joined=joined,
            creator_since=joined if person.creator else None,
        )
        if person.signs_in:
            user.password = hashed
            user.save(update_fields=["password"])
        profile = Profile.objects.get_or_create(user=user)[0]
        profile.display_name = person.name
        profile.bio = person.bio
        profile.location = person.location
        profile.website = person.website
        profile.social_links = person.social_links
        profile.time_zone = person.time_zone
        profile.save()
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        people[person.username] = user
    return people
