"""How long a start takes, and how much memory."""
import statistics
import subprocess
import time

from live.bed import START_S, Asker, memory_kib, roles
from live.figures import Figure

IDLE_S = 2


def first_answer(daemon):
    """Seconds from the start of the program to its first answer to Postfix."""
    begin = time.monotonic()
    with open(daemon.output, "ab") as output:
        daemon.process = subprocess.Popen([daemon.program, "run", "-c", daemon.config], stdin=subprocess.DEVNULL,
                                          stdout=output, stderr=output, start_new_session=True)
    asker = Asker(daemon.policy_port, START_S)
    asker.ask("user0000001@dom1.example")
    took = time.monotonic() - begin
    asker.close()
    return took


def memory(daemon):
    return {role: memory_kib(pid)["Pss"] / 1024 for role, pid in roles(daemon).items()}


def once(bed, known):
    """(seconds to the first answer, MiB of each process when it idles)"""
    daemon = bed.daemon(known=known)
    try:
        took = first_answer(daemon)
        time.sleep(IDLE_S)  # what was needed for the start only is given back by then
        return took, memory(daemon)
    finally:
        daemon.stop(60)


def measure(bed, options):
    fresh, idle = once(bed, known=False)
    times, sizes = zip(*(once(bed, known=True) for _ in range(options.rounds)))
    yield Figure("start", "first answer, nothing learnt", fresh, "s")
    yield Figure("start", f"first answer, {bed.accounts:,} accounts", statistics.median(times), "s", ("<", 2),
                 f"slowest {max(times):.2f} s, best {min(times):.2f} s")
    yield Figure("start", "state made by bench_fill", bed.fill_s, "s", ("<", 60))
    yield Figure("memory", "idle, nothing learnt, all processes", sum(idle.values()), "MiB", ("<=", 16))
    for role, size in idle.items():
        yield Figure("memory", f"  {role}", size, "MiB")
    yield Figure("memory", f"{bed.accounts:,} accounts, worker", statistics.median(s["worker"] for s in sizes), "MiB")
