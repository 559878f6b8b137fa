#!/bin/sh
# Makes these files anew from the npm registry, in a folder of its own; see README.md.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for package in preact@10.29.8 htm@3.1.1 uplot@1.6.32; do
  name=${package%@*}
  npm pack --silent "$package" >/dev/null
  mkdir "$name"
  tar -xzf "$name"-*.tgz -C "$name" --strip-components=1
  cp "$name/LICENSE" "$here/LICENSE-$name"
done
no_map() { sed '/^\/\/# sourceMappingURL=/d'; }
no_map <preact/dist/preact.module.js >"$here/preact.js"
sed 's#from"preact"#from"./preact.js"#' preact/hooks/dist/hooks.module.js | no_map >"$here/hooks.js"
no_map <htm/dist/htm.module.js >"$here/htm.js"
{ cat uplot/dist/uPlot.iife.min.js; printf '\nexport default uPlot;\n'; } >"$here/uplot.js"
cp uplot/dist/uPlot.min.css "$here/uplot.css"
cd "$here"
sha256sum LICENSE-* *.css *.js >SHA256SUMS
