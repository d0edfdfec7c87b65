#!/bin/sh
# Makes every fixture of this directory and expected.json, which holds what ffprobe says of each.
# Needs ffmpeg and ffprobe (Debian's 5.1 was used) and python3. Takes about half a minute.
set -eu
cd "$(dirname "$0")"

ff() { ffmpeg -hide_banner -loglevel error -nostdin -y -fflags +bitexact "$@"; }
picture() { echo "testsrc=size=$1:rate=$2:duration=$3"; }
tone() { echo "sine=frequency=440:sample_rate=${2:-44100}:duration=$1"; }
h264="-c:v libx264 -preset veryfast -crf 45 -pix_fmt yuv420p -bitexact"
aac="-c:a aac -b:a 8k -ac 1"
opus="-c:a libopus -b:a 6k -ac 1"
v=$(picture 96x64 12 2)
a=$(tone 2)
a48=$(tone 2 48000)

ff -f lavfi -i "$v" -f lavfi -i "$a" $h264 $aac -movflags +faststart h264-aac-faststart.mp4
ff -f lavfi -i "$v" -f lavfi -i "$a" $h264 $aac h264-aac-moov-last.mp4
ff -f lavfi -i "$v" $h264 -g 6 -movflags +frag_keyframe+empty_moov+default_base_moof h264-fragmented.mp4
ff -f lavfi -i "$v" -f lavfi -i "$a" $h264 -g 12 $aac -movflags +frag_keyframe h264-aac-fragmented-after-samples.mp4
ff -f lavfi -i "$v" -f lavfi -i "$a" $h264 -g 12 $aac -movflags +frag_keyframe+dash+global_sidx h264-aac-sidx.mp4
ff -f lavfi -i "$v" -f lavfi -i "$a" $h264 -g 12 $aac -movflags +frag_keyframe+dash h264-aac-sidx-each.mp4
ff -f lavfi -i "$v" $h264 -g 12 -f mp4 -movflags +frag_keyframe+separate_moof+omit_tfhd_offset h264-fragmented-plain.mp4
ff -i h264-aac-faststart.mp4 -c copy -metadata:s:v:0 rotate=90 h264-aac-rotated.mp4
ff -f lavfi -i "$(picture 101x75 10 1)" -c:v libx264 -preset veryfast -crf 45 -pix_fmt yuv444p -bitexact h264-odd-size.mp4
ff -f lavfi -i "$v" $h264 -vf setsar=4/3 h264-anamorphic.mp4
ff -f lavfi -i "$(picture 96x64 24 2)" -vf "select='not(mod(n,3))+lt(n,12)'" -vsync vfr $h264 h264-vfr.mp4
ff -f lavfi -i "$(picture 96x64 30000/1001 1)" $h264 h264-ntsc.mp4
ff -i h264-aac-moov-last.mp4 -itsoffset 0.5 -i h264-aac-moov-last.mp4 -map 0:v -map 1:a -c copy h264-aac-audio-late.mp4
ff -f lavfi -i "$v" -f lavfi -i "$a" -c:v libx265 -preset veryfast -crf 45 -pix_fmt yuv420p -x265-params log-level=none:info=0 -tag:v hvc1 -bitexact $aac hevc-aac.mp4
ff -f lavfi -i "$v" -f lavfi -i "$a48" -c:v libsvtav1 -crf 60 -preset 10 -pix_fmt yuv420p -bitexact $opus -strict experimental av1-opus.mp4 2>/dev/null
ff -f lavfi -i "$v" -f lavfi -i "$a48" -c:v libvpx-vp9 -crf 60 -b:v 0 -pix_fmt yuv420p -bitexact $opus -strict experimental vp9-opus.mp4
ff -f lavfi -i "$v" -f lavfi -i "$a" -c:v mpeg4 -q:v 31 -bitexact -c:a libmp3lame -b:a 32k -ac 1 mpeg4-mp3.mp4
ff -f lavfi -i "$a" $aac audio-only.m4a
ff -f lavfi -i "$v" -f lavfi -i "$a" $h264 $aac h264-aac.mov
ff -f lavfi -i "$v" -f lavfi -i "$(tone 0.5 8000)" $h264 -c:a pcm_s16le -movflags +faststart h264-pcm-faststart.mov
ff -f lavfi -i "color=size=64x48:rate=5:duration=1" -c:v prores_ks -profile:v 0 -bitexact prores.mov

ff -f lavfi -i "$v" -f lavfi -i "$a" -c:v libvpx -crf 60 -b:v 20k -bitexact -c:a libvorbis -b:a 32k -ac 1 vp8-vorbis.webm
ff -f lavfi -i "$v" -f lavfi -i "$a48" -c:v libvpx-vp9 -crf 60 -b:v 0 -pix_fmt yuv420p -bitexact $opus vp9-opus.webm
ff -f lavfi -i "$v" -f lavfi -i "$a48" -c:v libsvtav1 -crf 60 -preset 10 -pix_fmt yuv420p -bitexact $opus av1-opus.webm 2>/dev/null
ff -f lavfi -i "$v" -c:v libvpx -crf 60 -b:v 20k -g 6 -bitexact -cluster_time_limit 400 vp8-clusters.webm
ff -f lavfi -i "$v" -c:v libvpx -crf 60 -b:v 20k -bitexact -reserve_index_space 200 vp8-cues-first.webm
ff -f lavfi -i "$(picture 63x47 10 1)" -c:v libvpx -crf 60 -b:v 20k -bitexact vp8-odd-size.webm
ff -f lavfi -i "$v" -c:v libvpx -crf 60 -b:v 20k -g 6 -bitexact -f webm -live 1 -cluster_time_limit 400 vp8-live.webm
ff -f lavfi -i "$v" -f lavfi -i "$a48" -c:v libvpx -crf 60 -b:v 20k -g 6 -bitexact $opus -f webm - > vp8-opus-streamed.webm
ff -f lavfi -i "$a48" $opus audio-only.webm
ff -f lavfi -i "$v" $h264 h264.mkv

python3 - <<'PY'
import glob, json, subprocess
from fractions import Fraction
BRANDS = {"qt": "mov"}
PCM = lambda name: "pcm" if name and name.startswith("pcm_") else name
def ffprobe(*args):
    return json.loads(subprocess.check_output(["ffprobe", "-v", "error", "-of", "json", *args]))
def last_packet_s(path):
    packets = ffprobe("-show_packets", path)["packets"]
    return max(float(p["pts_time"]) + float(p.get("duration_time", 0)) for p in packets)
expected = {}
for path in sorted(sum((glob.glob(f"*.{e}") for e in ("mp4", "m4a", "mov", "webm", "mkv")), [])):
    told = ffprobe("-show_format", "-show_streams", path)
    video = next((s for s in told["streams"] if s["codec_type"] == "video"), None)
    audio = next((s for s in told["streams"] if s["codec_type"] == "audio"), None)
    if video is None:
        expected[path] = None
        continue
    sar = Fraction(video.get("sample_aspect_ratio", "1:1").replace(":", "/").replace("0/1", "1/1"))
    width, height = round(video["width"] * sar), video["height"]
    turn = next((d["rotation"] for d in video.get("side_data_list", []) if "rotation" in d), 0)
    if turn % 180:
        width, height = height, width
    if told["format"]["format_name"].startswith("matroska"):
        container = "matroska" if path.endswith(".mkv") else "webm"
    else:
        container = BRANDS.get(told["format"]["tags"]["major_brand"].strip(), "mp4")
    duration = told["format"].get("duration")
    expected[path] = {
        "container": container,
        "videoCodec": video["codec_name"],
        "audioCodec": PCM(audio["codec_name"]) if audio else None,
        "width": width,
        "height": height,
        "durationSeconds": round(float(duration) if duration else last_packet_s(path), 4),
        "frameRate": round(float(Fraction(video["avg_frame_rate"])), 4),
    }
with open("expected.json", "w") as out:
    json.dump(expected, out, indent=2)
    out.write("\n")
PY
