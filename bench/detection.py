#!/usr/bin/python3
"""detection.py --out DIR [--seeds 1,2] [SCENARIO...] - what `mailfuse scan` finds, and whom it wrongs.

Makes logs whose truth is known (../shared/detection/gen.py) of the public scenarios there and of
bench/scenarios, scans them, scores the verdicts, and prints the same tables for mailfuse and for the
usual rules of other programs. SCENARIO is a name or a file; without one: all but "large". Logs lie in
DIR/scenario.seed/, those that are there already are used again.
"""
import argparse
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import detection_causal as causal
import detection_tables as tables

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "detection"
MAILFUSE = Path(os.environ.get("MAILFUSE", ROOT / "build" / "mailfuse"))
OWN = ROOT / "bench" / "scenarios"
AT_ONCE = 2
FILES = ["mail.log", "iptables.log", "geo.csv", "abuse.csv", "truth.json", "baselines.json",
         "country.mmdb", "asn.mmdb"]


def left_out(what, why):
    print(f"LEFT OUT: {what}: {why}", file=sys.stderr, flush=True)


def scenario_files(names):
    """name -> file, the public ones first."""
    found = {path.stem: path for folder in (SHARED / "scenarios", OWN)
             for path in sorted(folder.glob("*.json"))}
    if not names:
        return {name: path for name, path in found.items() if name != "large"}
    chosen = {}
    for name in names:
        path = found.get(name, Path(name))
        if not path.is_file():
            sys.exit(f"no scenario {name}; there are {', '.join(found)}")
        chosen[path.stem] = path
    return chosen


def generate(job):
    if not (job["dir"] / "truth.json").exists():
        subprocess.run([sys.executable, SHARED / "gen.py", "--scenario", job["file"], "--seed",
                        str(job["seed"]), "--out", job["dir"], "--quiet"], check=True)


def geo_options(job):
    """--geo, with databases made of geo.csv."""
    paths = [job["dir"] / name for name in ("country.mmdb", "asn.mmdb")]
    if not all(path.exists() for path in paths):
        subprocess.run([SHARED / "mkmmdb", job["dir"] / "geo.csv", *paths], check=True,
                       stdout=subprocess.DEVNULL)
    return [word for path in paths for word in ("--geo", path)]


def scan(job, truth, log=None, config=None):
    """(the result of `mailfuse scan --json`, seconds); status 1 says that a fuse tripped."""
    lan = job["dir"] / "iptables.log"
    year = time.gmtime(truth["start"]).tm_year
    command = [job["mailfuse"], "scan", "--json", "--year", str(year), "--top", "100000"]
    command += ["-c", config] if config else []
    command += geo_options(job) if job["geo"] else []
    command += [log or job["dir"] / "mail.log"] + ([lan] if lan.exists() else [])
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{job['name']}.{job['seed']}: status {done.returncode}: "
                           f"{done.stderr.decode(errors='replace').strip()[:300]}")
    return json.loads(done.stdout), time.perf_counter() - start


def baseline_scores(job):
    """label -> score; kept beside the log, since reading it takes Python a while."""
    kept = job["dir"] / "baselines.json"
    if kept.exists():
        return json.loads(kept.read_text())
    import baselines  # of ../shared, whose folder is in sys.path by now
    _, scores = baselines.run(str(job["dir"]), baselines.RULES)
    scores = dict(scores)
    kept.write_text(json.dumps(scores))
    return scores


def names_of_signals():
    text = (ROOT / "src" / "detect" / "evidence.c").read_text()
    return re.findall(r'\[SIGNAL_\w+\] = \{ "([a-z-]+)"', text)


def ablated(job, truth, scoring):
    """signal -> score without it."""
    scores = {}
    for signal in job["signals"]:
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as config:
            config.write(f'ignored-signals = {{"{signal}"}}\n')
            config.flush()
            scores[signal] = scoring.score(truth, scan(job, truth, config=config.name)[0])
    return scores


def work(job):
    """Everything about one log."""
    sys.path.insert(0, str(SHARED))
    import score as scoring
    generate(job)
    truth = scoring.load_truth(str(job["dir"] / "truth.json"))
    result, seconds = scan(job, truth)
    done = {"name": job["name"], "seed": job["seed"], "own": job["own"], "seconds": seconds,
            "mailfuse": scoring.score(truth, result), "delays": tables.delays(truth, result),
            "why": tables.why(truth, result, scoring), "causal": [], "ablated": {}, "baselines": {}}
    if job["causal"]:
        done["causal"] = causal.check(job, truth, result, scoring, scan)
    if job["signals"]:
        done["ablated"] = ablated(job, truth, scoring)
    if job["baselines"]:
        done["baselines"] = baseline_scores(job)
    if job["drop"]:
        for name in FILES:
            (job["dir"] / name).unlink(missing_ok=True)
        shutil.rmtree(job["dir"], ignore_errors=True)
    return done


def knows_config():
    """True when `mailfuse scan` takes -c FILE with ignored-signals."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as config:
        config.write('ignored-signals = {"volume"}\n')
        config.flush()
        done = subprocess.run([MAILFUSE, "scan", "--json", "-c", config.name, "-"],
                              input=b"2025-11-17T00:00:00.000001+01:00 mx postfix/qmgr[1]: A: removed\n",
                              capture_output=True, check=False)
    if done.returncode not in (0, 1):
        left_out("--ablate", f"`mailfuse scan -c FILE`: {done.stderr.decode().strip()[:200]}")
    return done.returncode in (0, 1)


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("scenario", nargs="*", metavar="SCENARIO")
    parser.add_argument("--out", required=True, type=Path, help="folder for the logs")
    parser.add_argument("--seeds", default="1", help="numbers, with commas between them (1)")
    parser.add_argument("--geo", action="store_true", help="scan with databases of geo.csv")
    parser.add_argument("--no-baselines", action="store_true", help="mailfuse alone")
    parser.add_argument("--brief", action="store_true", help="of the baselines only the comparison")
    parser.add_argument("--why", action="store_true", help="the evidence about misses and false locks")
    parser.add_argument("--ablate", action="store_true", help="again without each signal in turn")
    parser.add_argument("--causal", action="store_true", help="check that nobody looks ahead")
    parser.add_argument("--drop", action="store_true", help="remove each log when it is done")
    parser.add_argument("--json", type=Path, help="write all scores to this file")
    return parser.parse_args()


def jobs_of(options):
    signals = names_of_signals() if options.ablate and knows_config() else []
    for name, path in scenario_files(options.scenario).items():
        for seed in options.seeds.split(","):
            yield {"name": name, "file": path, "seed": seed, "own": path.parent == OWN,
                   "dir": options.out / f"{name}.{seed}", "mailfuse": MAILFUSE, "geo": options.geo,
                   "causal": options.causal, "signals": signals, "drop": options.drop,
                   "baselines": not options.no_baselines}


def run_all(options):
    """What became of each log, in the order of the scenarios; and how many went wrong."""
    done, wrong = [], 0
    with concurrent.futures.ProcessPoolExecutor(AT_ONCE) as pool:
        for future in [pool.submit(work, job) for job in jobs_of(options)]:
            try:
                done.append(future.result())
            except (RuntimeError, OSError, ValueError, subprocess.CalledProcessError) as error:
                wrong += 1
                left_out("a log", error)
    return done, wrong


def main():
    options = read_options()
    if not (SHARED / "gen.py").exists():
        left_out("everything", f"no {SHARED}, which has the generator and the scorer")
        return
    if not MAILFUSE.exists():
        sys.exit(f"no {MAILFUSE}: run scripts/build, or name another in MAILFUSE")
    options.out = options.out.resolve()
    if ROOT in [options.out, *options.out.parents]:
        sys.exit("--out lies inside of the repository: logs take gigabytes")
    done, wrong = run_all(options)
    if not done:
        sys.exit("nothing was scanned")
    tables.show_all(done, options.brief)
    if options.why:
        tables.show_why(done)
    if options.ablate:
        tables.show_ablated(done)
    if options.causal:
        wrong += tables.show_causal(done)
    if options.json:
        options.json.write_text(json.dumps(done))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
