"""What the product costs while nobody calls it: CPU of each process, and what grows on disk.

    weir up                                    # in one terminal, without traffic
    python -m bench.idle .weir --minutes 10    # in another

CPU is in percent of one core, children included. The first minutes after a start are not idle.
"""

import argparse
import time
from pathlib import Path

import psutil


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_dir", type=Path, help="the instance's data directory")
    parser.add_argument("--minutes", type=float, default=10)
    options = parser.parse_args()
    pids = {file.stem: int(file.read_text()) for file in sorted((options.data_dir / "logs").glob("*.pid"))}
    cpu, disk = {name: cpu_seconds(pid) for name, pid in pids.items()}, sizes(options.data_dir)
    seconds = options.minutes * 60
    time.sleep(seconds)
    print("| process | CPU % of a core | MB |\n|---|---|---|")
    shares = {name: (cpu_seconds(pid) - cpu[name]) / seconds * 100 for name, pid in pids.items()}
    for name, share in shares.items():
        print(f"| {name} | {share:.2f} | {memory_mb(pids[name]):,.0f} |")
    print(f"| all | {sum(shares.values()):.2f} | {sum(map(memory_mb, pids.values())):,.0f} |")
    print("\n| directory | KB | grew by KB |\n|---|---|---|")
    for name, size in sizes(options.data_dir).items():
        print(f"| {name} | {size / 1000:,.0f} | {(size - disk.get(name, 0)) / 1000:,.1f} |")


def family(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def cpu_seconds(pid: int) -> float:
    """CPU time that the process and its children have taken, those that ended included."""
    return sum(sum(each.cpu_times()[:4]) for each in family(pid))


def memory_mb(pid: int) -> float:
    return sum(each.memory_info().rss for each in family(pid)) / 1e6


def sizes(data_dir: Path) -> dict[str, int]:
    """Bytes on disk in each directory of the data directory."""
    return {each.name: size(each) for each in sorted(data_dir.iterdir()) if each.is_dir()}


def size(directory: Path) -> int:
    total = 0
    for file in directory.rglob("*"):
        try:
            total += file.stat().st_blocks * 512
        except OSError:  # It went meanwhile.
            continue
    return total


if __name__ == "__main__":
    main()
