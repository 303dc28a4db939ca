"""Processing of videos as ratios against what ffmpeg takes by itself: `python benchmarks/video.py --seconds 60 --rounds 3`.

A noisy clip of 1080p at 30 frames a second becomes four rungs and sound, in turn by

* one bare ffmpeg command that decodes once and makes all of it (the cascade),
* four bare commands, one per rung, the first with the sound,
* the whole pipeline: probe, poster, loudness, rungs, measuring, storing, recording in Postgres, storyboard,

all with the same settings of the encoder, but for the number of threads, which bare commands leave to ffmpeg. Wall and CPU seconds are
the medians of the rounds; peak memory is that of the whole tree of processes, looked at every 50 ms, and of Python and ffmpeg each by
itself. CPU seconds are what to look at on a machine that has other work; wall time means something on a quiet one only. Goals: wall at
most 1.06 × the cascade, CPU at most 0.80 × the four commands, peak at most 700 MiB; the first seconds can be played, with a poster,
within 0.25 × the clip's length; memory flat in the length.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import psycopg

if TYPE_CHECKING:
    from courses.video.ladder import Ladder

BASE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE))

from benchmarks.load import database_url  # noqa: E402

DATABASE = "bench_video"
MIB = 1024 * 1024

# Runs in a process of the product's own. Its start is not measured: a worker is up before a video comes.
_PIPELINE = """
import json, resource, shutil, sys, time, uuid
from pathlib import Path
import django
django.setup()
from django.conf import settings
from accounts.models import User
from courses.video.models import VideoAsset, VideoRendition
from courses.video.services import processing
from kit.jobs import enqueue
from kit.jobs.running import claim_next
from kit.storage import private

def cpu():
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))

owner, _ = User.objects.get_or_create(username="bench", defaults={"email": "bench@example.com"})
video = VideoAsset(owner=owner, name="bench", state="processing", generation=1)
video.original_file = f"videos/{video.pk.hex}/original"
target = Path(private().path(video.original_file))
target.parent.mkdir(parents=True)
target.symlink_to(sys.argv[1])
video.save()
enqueue("video.process", key=f"bench:{video.pk}", params={"video": str(video.pk), "generation": 1})
job = claim_next("video")
marks = {}
for name in ("record_poster", "record_sound", "record_segments"):
    def noting(self, *args, _name=name, _do=getattr(processing._Processing, name), **kwargs):
        _do(self, *args, **kwargs)
        marks.setdefault(_name, time.monotonic() - began)
    setattr(processing._Processing, name, noting)
cpu_before, began = cpu(), time.monotonic()
processing.process_video(job)
wall, used = time.monotonic() - began, cpu() - cpu_before
video.refresh_from_db()
assert video.state == "ready", (video.state, video.error)
rows = VideoRendition.objects.filter(video=video).order_by("width").values("quality", "size_bytes", "bitrate", "peak_bitrate")
print(json.dumps({"wall": wall, "cpu": used, "marks": marks, "rows": list(rows)}))
"""


@dataclass(frozen=True)
class Measured:
    wall: float
    cpu: float
    peak_mib: float
    playable: float = 0.0
    poster: float = 0.0
    python_mib: float = 0.0
    ffmpeg_mib: float = 0.0


def make_clip(path: Path, *, seconds: int, size: str = "1920x1080") -> None:
    if path.exists():
        return
    picture = f"testsrc2=size={size}:rate=30:duration={seconds},noise=alls=14:allf=t+u,format=yuv420p"
    arguments = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", f"anoisesrc=color=pink:amplitude=0.2:duration={seconds}"]
    bare(*arguments, "-c:v", "libx264", "-preset", "ultrafast", "-crf", "20", "-c:a", "aac", "-b:a", "160k", str(path))


def bare(*arguments: str) -> list[str]:
    command = [ffmpeg(), "-v", "error", "-nostdin", "-y", *arguments]
    subprocess.run(command, check=True)
    return command


def ffmpeg() -> str:
    import imageio_ffmpeg

    return os.environ.get("FFMPEG_BINARY") or shutil.which("ffmpeg") or str(imageio_ffmpeg.get_ffmpeg_exe())


def cascade(source: Path, out: Path) -> list[list[str]]:
    """One command: decoded once, each rung scaled from the next larger one."""
    from courses.video.encoders.ffmpeg import SOUND_BITS, x264

    ladder = four_rungs()
    top, *lower = reversed(ladder.rungs)
    graph = f"[0:v:0]fps={ladder.rate},scale={top.width}:{top.height}:flags=bicubic,format=yuv420p"
    above = top
    for rung in lower:
        graph += f",split=2[{above.quality}][f{above.quality}];[f{above.quality}]scale={rung.width}:{rung.height}:flags=bicubic"
        above = rung
    graph += f"[{above.quality}]"
    command = [ffmpeg(), "-v", "error", "-nostdin", "-y", "-i", str(source), "-filter_complex", graph]
    for rung in ladder.rungs:
        command += ["-map", f"[{rung.quality}]", *x264(rung, ladder), *cut(out / rung.quality)]
    return [[*command, "-map", "0:a:0", "-c:a", "aac", "-ar", "48000", "-ac", "2", "-b:a", str(SOUND_BITS), *cut(out / "audio")]]


def separate(source: Path, out: Path) -> list[list[str]]:
    """A command for each rung; the first makes the sound too."""
    from courses.video.encoders.ffmpeg import SOUND_BITS, x264

    ladder, commands = four_rungs(), []
    for number, rung in enumerate(ladder.rungs):
        scale = f"fps={ladder.rate},scale={rung.width}:{rung.height}:flags=bicubic,format=yuv420p"
        command = [ffmpeg(), "-v", "error", "-nostdin", "-y", "-i", str(source), "-map", "0:v:0", "-vf", scale]
        command += [*x264(rung, ladder), *cut(out / rung.quality)]
        if number == 0:
            command += ["-map", "0:a:0", "-c:a", "aac", "-ar", "48000", "-ac", "2", "-b:a", str(SOUND_BITS), *cut(out / "audio")]
        commands.append(command)
    return commands


def four_rungs() -> Ladder:
    from courses.video.ladder import make_ladder

    return make_ladder(width=1920, height=1080, frame_rate=30)


def cut(folder: Path) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    arguments = ["-f", "hls", "-hls_time", "6", "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4"]
    return [*arguments, "-hls_fmp4_init_filename", "init.mp4", "-hls_segment_filename", f"{folder}/%d.m4s", f"{folder}/x.m3u8"]


class Watcher:
    """The most memory that a process and its children held at once, and each kind by itself."""

    def __init__(self, process: psutil.Process) -> None:
        self.process = process
        self.peak = self.own = self.others = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def watch(self) -> None:
        while not self.over.wait(0.05):
            try:
                own = self.process.memory_info().rss
                others = sum(each.memory_info().rss for each in self.process.children(recursive=True))
            except psutil.NoSuchProcess:
                continue
            self.peak, self.own, self.others = max(self.peak, own + others), max(self.own, own), max(self.others, others)

    def stop(self) -> float:
        self.over.set()
        self.thread.join()
        return self.peak / MIB


def run_bare(commands: list[list[str]]) -> Measured:
    began, cpu, peak = time.monotonic(), 0.0, 0.0
    for command in commands:
        process = subprocess.Popen(command)
        watcher = Watcher(psutil.Process(process.pid))
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        peak = max(peak, watcher.stop())
        if process.returncode:
            raise SystemExit(f"{command[0]} failed")
        cpu += used.ru_utime + used.ru_stime
    return Measured(time.monotonic() - began, cpu, peak)


def run_pipeline(source: Path, folder: Path) -> Measured:
    environ = {**os.environ, "DATABASE_URL": database_url(DATABASE), "ATELIER_DATA": str(folder), "TMPDIR": str(folder)}
    environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.product_settings"
    command = [sys.executable, "-c", _PIPELINE, str(source)]
    process = subprocess.Popen(command, env=environ, cwd=BASE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    watcher = Watcher(psutil.Process(process.pid))
    out, err = process.communicate()
    peak = watcher.stop()
    if process.returncode:
        raise SystemExit(err[-3000:])
    told = json.loads(out.strip().splitlines()[-1])
    marks = told["marks"]
    return Measured(
        told["wall"],
        told["cpu"],
        peak,
        playable=marks["record_segments"],
        poster=marks["record_poster"],
        python_mib=watcher.own / MIB,
        ffmpeg_mib=watcher.others / MIB,
    )


def prepare_database() -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
            connection.execute(f"create database {DATABASE} template template0")
    environ = {**os.environ, "DATABASE_URL": database_url(DATABASE), "DJANGO_SETTINGS_MODULE": "benchmarks.product_settings"}
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=BASE, env=environ, check=True)
    with psycopg.connect(database_url(DATABASE), autocommit=True) as connection:
        # What a run that was stopped left would be done first.
        connection.execute("delete from jobs_job")


def median(runs: list[Measured], field: str) -> float:
    return statistics.median(getattr(run, field) for run in runs)


def line(name: str, runs: list[Measured]) -> str:
    wall, cpu, peak = (median(runs, field) for field in ("wall", "cpu", "peak_mib"))
    return f"{name:<28}{wall:9.1f} s{cpu:9.1f} s{peak:9.0f} MiB"


def verdict(what: str, value: float, goal: float, unit: str = "×") -> str:
    return f"{what:<60}{value:8.2f} {unit:<4} goal ≤ {goal:g}   {'reached' if value <= goal else 'MISSED'}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=int, default=60, help="length of the clip")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--flat", type=int, nargs=2, metavar=("SHORT", "LONG"), default=(20, 80), help="lengths for flatness of memory")
    options = parser.parse_args()
    sys.path.insert(0, str(BASE))
    prepare_database()
    with tempfile.TemporaryDirectory(prefix="bench-video-") as name:
        folder = Path(name)
        source = folder / "source.mp4"
        make_clip(source, seconds=options.seconds)
        runs: dict[str, list[Measured]] = {"cascade": [], "separate": [], "pipeline": []}
        for number in range(options.rounds):
            for kind, found in runs.items():
                out = folder / f"{kind}-{number}"
                out.mkdir()
                if kind == "pipeline":
                    found.append(run_pipeline(source, out))
                else:
                    found.append(run_bare((cascade if kind == "cascade" else separate)(source, out)))
                shutil.rmtree(out)
        print(f"\n{options.seconds} s of 1080p30, {options.rounds} rounds, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
        print(f"{'medians':<28}{'wall':>11}{'CPU':>11}{'peak':>13}")
        print(line("one bare command", runs["cascade"]))
        print(line("four bare commands", runs["separate"]))
        print(line("the whole pipeline", runs["pipeline"]) + "\n")
        ours = runs["pipeline"]
        print(verdict("8  wall / one bare command", median(ours, "wall") / median(runs["cascade"], "wall"), 1.06))
        print(verdict("8  CPU / four bare commands", median(ours, "cpu") / median(runs["separate"], "cpu"), 0.80))
        print(f"{'   CPU / one bare command':<60}{median(ours, 'cpu') / median(runs['cascade'], 'cpu'):8.2f} ×")
        print(verdict("8  peak memory", median(ours, "peak_mib"), 700, "MiB"))
        print(f"{'   of it Python, and ffmpeg':<60}{median(ours, 'python_mib'):8.0f} and {median(ours, 'ffmpeg_mib'):.0f} MiB")
        print(verdict("9  poster / length of the clip", median(ours, "poster") / options.seconds, 0.25))
        print(verdict("9  first segments playable / length of the clip", median(ours, "playable") / options.seconds, 0.25))
        flat = []
        for seconds in options.flat:
            clip, out = folder / f"flat-{seconds}.mp4", folder / f"flat-{seconds}"
            make_clip(clip, seconds=seconds, size="640x360")
            out.mkdir()
            flat.append(run_pipeline(clip, out))
        short, long = options.flat
        for name, field in (("peak", "peak_mib"), ("Python", "python_mib"), ("ffmpeg", "ffmpeg_mib")):
            ratio = getattr(flat[1], field) / getattr(flat[0], field)
            print(verdict(f"8  {name} of {long} s / {name} of {short} s, one rung of 360p", ratio, 1.10))


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.product_settings")
    django.setup()
    main()
