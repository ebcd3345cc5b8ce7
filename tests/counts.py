"""Counts what samples hold, sharing no code with the readers, and compares with the manifest.

    python3 tests/counts.py FOLDER...

Each folder has a manifest.json, as tests/samples has. Formats in JSON or in plain lines are
counted from the file itself; protobuf ones from a twin in JSON beside them, which the same build
wrote. Exit status 1 if a count differs.
"""

import gzip
import json
import pathlib
import re
import sys

TWINS = {
    "bazel_exec_log_binary": [(r"\.pb\b", ".json")],
    "bazel_aquery_proto": [(r"\.pb\b", ".json"), (r"\.proto\b", ".jsonproto")],
    "bazel_aquery_streamed_proto": [(r"\.streamed_proto\b", ".jsonproto")],
    "bazel_aquery_textproto": [(r"\.textproto\b", ".json"), (r"\.textproto\b", ".jsonproto")],
    "bazel_bep_binary": [(r"\.pb\b", ".json")],
}


def text_of(path):
    data = path.read_bytes()
    return (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode()


def objects(text):
    """JSON objects one after the other."""
    decoder, at = json.JSONDecoder(), 0
    while match := re.compile(r"\S").search(text, at):
        value, at = decoder.raw_decode(text, match.start())
        yield value


def exec_log(text):
    spawns = list(objects(text))
    inputs = {file["path"] for spawn in spawns for file in spawn.get("inputs", [])}
    outputs = {path for spawn in spawns for path in spawn.get("listedOutputs", [])}
    labels = {spawn["targetLabel"] for spawn in spawns if spawn.get("targetLabel")}
    return {
        "spawns": len(spawns),
        "listed_outputs": len(outputs),
        "distinct_inputs": len(inputs),
        "labels": len(labels),
    }


def aquery(text):
    graph = json.loads(text)
    kinds = {"actions": "actions", "artifacts": "artifacts", "targets": "targets"}
    kinds["dep_sets"] = "depSetOfFiles"
    return {name: len(graph.get(key, [])) for name, key in kinds.items()}


def aquery_text(text):
    lists = re.findall(r"^  (?:Inputs|Outputs): \[(.*)\]$", text, re.MULTILINE)
    return {
        "actions": len(re.findall(r"^  Mnemonic: ", text, re.MULTILINE)),
        "artifacts": len({path for paths in lists for path in paths.split(", ") if path}),
    }


def events(text):
    return {"events": sum(1 for _ in objects(text))}


def listing(text):
    found = {"ac": set(), "cas": set()}
    for kind, digest in re.findall(r"\b(ac|cas)/(?:[0-9a-f]{2}/)?([0-9a-f]{64})\b", text):
        found[kind].add(digest)
    return {kind: len(digests) for kind, digests in found.items() if digests}


def requests(text):
    """By the status, behind the quoted request: a plain " 404 " may as well be a number of bytes."""
    codes = re.findall(r'" (\d{3}) ', text)
    return {"requests": len(codes), "not_found": codes.count("404")}


COUNTERS = {
    "bazel_exec_log_json": exec_log,
    "bazel_exec_log_binary": exec_log,
    "bazel_aquery_jsonproto": aquery,
    "bazel_aquery_proto": aquery,
    "bazel_aquery_streamed_proto": aquery,
    "bazel_aquery_textproto": aquery,
    "bazel_aquery_text": aquery_text,
    "bazel_bep_json": events,
    "bazel_bep_binary": events,
    "cache_listing": listing,
    "nginx_access_log": requests,
}


def source_of(path, form):
    """The file itself, or its twin in JSON, with gzip around it or not."""
    if form not in TWINS:
        return path
    for pattern, other in TWINS[form]:
        name = re.sub(pattern, other, path.name)
        for twin in (name, name + ".gz", name.removesuffix(".gz")):
            if path.with_name(twin).exists() and twin != path.name:
                return path.with_name(twin)
    return None


def main(folders):
    checked, wrong = 0, []
    for folder in map(pathlib.Path, folders):
        for sample in json.loads((folder / "manifest.json").read_text())["samples"]:
            counter = COUNTERS.get(sample["format"])
            source = counter and source_of(folder / sample["file"], sample["format"])
            if not source:
                continue
            for name, count in counter(text_of(source)).items():
                if name in sample:
                    checked += 1
                    if sample[name] != count:
                        wrong.append(f"{sample['file']}: {name} is {count}, not {sample[name]}")
    print(f"{checked} counts checked")
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong or not checked else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
