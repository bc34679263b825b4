#!/bin/sh
# Rustdoc that may write JSON. Cargo is given it as its rustdoc, so that the variable reaches nothing else: build scripts look
# at it, and everything would be built anew.
PATH="$PATH:$(dirname "${CARGO:-.}")"
export PATH
RUSTC_BOOTSTRAP=1 exec rustdoc "$@"
