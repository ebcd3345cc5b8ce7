#!/bin/sh
# Fills fuzz/corpus/ from the samples of the tests. Needs gzip, xz, zstd, tar and Python 3;
# run it anywhere.
set -eu
cd "$(dirname "$0")"
samples=../tests/samples

# seed TARGET FILE: a copy, unpacked if it is gzip or zstd, not larger than 256 KiB.
seed() {
    mkdir -p "corpus/$1"
    name=$(printf '%s' "$2" | sed "s|^$samples/||; s|/|-|g")
    case "$2" in
        *.gz) gzip -dc "$2" ;;
        *.compact | *.zst) zstd -dcq "$2" ;;
        *.xz) xz -dc "$2" ;;
        *) cat "$2" ;;
    esac | head -c 262144 >"corpus/$1/$name"
}

for file in "$samples"/*/*; do
    case "$file" in
        *exec.compact) seed exec_log_compact "$file" ;;
        *exec.pb*) seed exec_log_binary "$file" ;;
        *exec.json*) seed exec_log_json "$file" ;;
        *streamed_proto*) seed aquery_streamed "$file" ;;
        *aquery.pb* | *aquery.proto*) seed aquery_proto "$file" ;;
        *bep.pb*) seed bep_binary "$file" ;;
        *grpclog*) seed grpc_log "$file" ;;
        *events.pb*) seed buck2_event_log "$file" ;;
        *.tar.xz) seed blobs_tar "$file" ;;
    esac
    # As they are, for the guess and the wrappers.
    if [ "$(wc -c <"$file")" -le 262144 ]; then
        mkdir -p corpus/any
        cp "$file" "corpus/any/$(printf '%s' "$file" | sed "s|^$samples/||; s|/|-|g")"
    fi
done
# Blobs of a real cache, with the mark between them that the target cuts at.
mkdir -p corpus/blobs corpus/blobs_zip corpus/packed
cache=$(mktemp -d)
for folder in gist-bazel1.1.0 gist-bazel4.2.3; do
    [ -f "$samples/$folder/httpcache.tar.xz" ] || continue
    mkdir -p "$cache/$folder"
    xz -dc "$samples/$folder/httpcache.tar.xz" | tar -xf - -C "$cache/$folder"
    find "$cache/$folder" -type f -exec sh -c 'cat "$1"; printf "\n--\n"' _ {} \; \
        >"corpus/blobs/$folder"
    (cd "$cache" && python3 -m zipfile -c seed.zip "$folder")
    mv "$cache/seed.zip" "corpus/blobs_zip/$folder"
done
# Exports in an archive, and texts as Windows and jq leave them.
(cd "$samples" && python3 -m zipfile -c "$cache/exports.zip" gist-bazel4.2.3)
tar -cf "$cache/exports.tar" -C "$samples" gist-bazel4.2.3
mkdir -p corpus/blobs_tar
cp "$cache/exports.zip" corpus/blobs_zip/
cp "$cache/exports.tar" corpus/blobs_tar/
python3 - "$samples/gist-bazel4.2.3" corpus/any <<'PY'
import json, pathlib, sys
samples, corpus = map(pathlib.Path, sys.argv[1:])
for name in ("httpcache.find.txt", "aquery.txt", "cold.exec.json"):
    text = (samples / name).read_text()
    (corpus / ("utf-16-" + name)).write_bytes(text.encode("utf-16"))
    (corpus / ("marked-" + name)).write_bytes(text.encode("utf-8-sig"))
events = [json.loads(line) for line in (samples / "cold.bep.json").read_text().splitlines()]
(corpus / "events-in-a-list").write_text(json.dumps(events[:8]))
(corpus / "events-over-lines").write_text("\n".join(json.dumps(e, indent=1) for e in events[:8]))
digest = "ab" * 32
rows = [{"Key": f"cas/ab/{digest}", "Size": 7, "LastModified": "2026-11-22T01:02:53Z"}]
(corpus / "bucket-json").write_text(json.dumps({"Contents": rows}))
(corpus / "words").write_text(f"[2026-11-22 01:02:53 UTC]   7B STANDARD cas/ab/{digest}\n")
PY
rm -r "$cache"
printf 'REWINDOW\001' >corpus/packed/empty
