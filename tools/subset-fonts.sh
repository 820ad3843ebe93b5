#!/usr/bin/env bash
# Makes assets/fonts/*.otf anew from Debian's fonts-noto-cjk: all of GBK, the characters of
# 通用规范汉字表 that GBK lacks (assets/fonts/beyond-gbk.txt), Latin, Greek, Cyrillic and punctuation.
# Needs python3 with venv; nobody has to run this to build the program.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install fonttools==4.68.0
"$work/venv/bin/python" - "$work/text" <<'PY'
import sys
wanted = set()
for high in range(0x81, 0xFF):
    for low in range(0x40, 0xFF):
        try:
            wanted.add(bytes([high, low]).decode("gbk"))
        except UnicodeDecodeError:
            pass
for first, last in [(0x20, 0x7E), (0xA0, 0x24F), (0x391, 0x3C9), (0x401, 0x451), (0x2010, 0x206F), (0x3000, 0x303F), (0x9FA6, 0x9FFF), (0xFF00, 0xFFEF)]:
    wanted |= {chr(c) for c in range(first, last + 1)}
wanted |= set("₀₁₂₃₄₅₆₇₈₉€¥￥£№℃℡™Ω←↑→↓↔⇒∀∂∆∏∑−∕√∞∟∠∩∫≈≠≡≤≥①②③④⑤⑥⑦⑧⑨⑩■□▲△▼▽◆◇○◎●★☆☐☑☒✓✔✕✗♀♂")
wanted |= set(open("assets/fonts/beyond-gbk.txt", encoding="utf-8").read().strip())
open(sys.argv[1], "w", encoding="utf-8").write("".join(sorted(wanted)))
PY
for weight in Regular Bold; do
    "$work/venv/bin/pyftsubset" "/usr/share/fonts/opentype/noto/NotoSansCJK-$weight.ttc" --font-number=2 \
        --text-file="$work/text" --output-file="assets/fonts/NotoSansCJKsc-$weight.otf" --layout-features='' \
        --no-hinting --desubroutinize --name-IDs='0,1,2,3,4,5,6,13,14' --name-languages=1033 --notdef-outline \
        --drop-tables+=BASE,VORG,vhea,vmtx,GPOS,GSUB,GDEF
done
ls -l assets/fonts
