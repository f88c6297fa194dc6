#!/bin/sh
# Builds ../assets/vendor/editor.js from editor.js and the packages pinned in package.json. Needs node and npm; the
# result is committed, so nobody needs them to run the dashboard.
set -eu
cd "$(dirname "$0")"
npm install --no-audit --no-fund --no-package-lock
npx esbuild editor.js --bundle --minify --format=esm --target=es2022 --legal-comments=none \
  --banner:js="/* CodeMirror 6, MIT licence, see LICENSES.txt; built from app/editor/ */" \
  --outfile=../assets/vendor/editor.js
