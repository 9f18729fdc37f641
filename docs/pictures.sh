#!/usr/bin/env bash
# The pictures of the README, from the pages that `make demo` rendered: docs/pictures.sh demo/site
set -euo pipefail
site=$(cd "$1" && pwd); out=$(cd "$(dirname "$0")" && pwd)/images; mkdir -p "$out"; profile=$(mktemp -d)
shot() { # page, picture, height
  chromium --headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync \
    --no-first-run --hide-scrollbars --user-data-dir="$profile" --window-size="1280,$3" --screenshot="$out/$2" \
    "file://$site/$1" >/dev/null 2>&1
}
shot compare.html compare.png 1760
shot index.html status.png 900
shot claims.html claims.png 1480
shot providers/cobalt.html provider.png 2020
rm -rf "$profile"
