"""Raw records through the batched transport, against a stock Faust agent and against bare aiokafka."""

from __future__ import annotations

from tests.bench.bench_transport import SIZE, measure
from tests.bench.brokers import some_broker
from tests.bench.context import Context
from tests.bench.report import Row, number

RECORDS = 1_000_000
ROUNDS = 2


def rows(context: Context) -> list[Row]:
    with some_broker() as bootstrap:
        found = measure(bootstrap, RECORDS, ROUNDS)
    rate, cpu, ratio = found["records_per_second"], found["cpu_us_per_record"], found["batched_to"]

    def each(name: str) -> str:
        return f"{rate[name]:,}/s ({cpu[name]:.2f} µs of CPU each)"

    tuned, made = "stock Faust, our settings, uvloop", "batched, an object each"
    return [
        Row(
            "raw records through the batched transport",
            "stock Faust agent, raw",
            *(30, 55, "x", ratio["stock Faust"]),
            f"{SIZE} bytes a record: {each('batched')}; stock {each('stock Faust')}; "
            f"with our settings and uvloop {number(rate[tuned])}/s, {number(ratio[tuned])} x",
        ),
        Row(
            "the same",
            "aiokafka `getmany`",
            *(0.6, 0.75, "x", ratio["bare aiokafka"]),
            f"{each('batched')}: a kernel finds the records and another reads each one's offset and value; "
            f"aiokafka {each('bare aiokafka')}: makes an object of each, which nobody reads; "
            f"ours with such an object of each {each(made)}, {number(rate[made] / rate['bare aiokafka'])} x",
        ),
    ]
