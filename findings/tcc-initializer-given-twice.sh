#!/bin/sh
# SPDX-License-Identifier: MIT
# tcc mixes two initializers in braces of one member of a structure. C11, 6.7.9, says that
# the later one replaces the earlier one, and that what it does not name is 0; so
# gcc and clang do. tcc keeps what the earlier one gave. It matters to whoever has
# a macro for the first values of a structure and lets others follow it: the
# program is built without a warning, and has values that stand nowhere together.
#
# Seen with tcc 0.9.27+git20200814.62c30a4a-1, Debian 12, x86_64:
#     tcc: braces: first=1 second=2, a compound literal: first=0 second=2
#     gcc: braces: first=0 second=2, a compound literal: first=0 second=2
# Ends with 1 if that has changed.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq tcc=0.9.27+git20200814.62c30a4a-1 >/dev/null
dpkg-deb -x tcc_*.deb .
cat >twice.c <<'C'
int printf(const char *, ...);

struct pair { long first, second; };
struct outer { int before; struct pair pair; };

static const struct outer braces = {
	.pair = { .first = 1 }, .pair = { .second = 2 },
};
static const struct outer literal = {
	.pair = (struct pair){ .first = 1 },
	.pair = (struct pair){ .second = 2 },
};

int main(void)
{
	printf("braces: first=%ld second=%ld, a compound literal: "
	       "first=%ld second=%ld\n",
	       braces.pair.first, braces.pair.second, literal.pair.first,
	       literal.pair.second);
	return 0;
}
C
T="$dir/usr/lib/x86_64-linux-gnu/tcc"
usr/bin/tcc -B"$T" -run twice.c >by-tcc
gcc -w -o twice twice.c
./twice >by-gcc
echo "tcc: $(cat by-tcc)"
echo "gcc: $(cat by-gcc)"
grep -q '^braces: first=1 second=2, a compound literal: first=0 second=2$' by-tcc
grep -q '^braces: first=0 second=2, a compound literal: first=0 second=2$' by-gcc
