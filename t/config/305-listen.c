/* SPDX-License-Identifier: MIT */
/* Addresses that cannot be listened on. */
#include <connate/config.h>

#define CAT .run = EXEC("/bin/cat")

static const struct service services[] = {
	SERVICE("a", .listen = LIST("tcp:[::]:80")),
	SERVICE("b", CAT, .listen = { (const char *[]){ "tcp:[::]:81" }, 1 }),
	SERVICE("c", CAT, .listen = LIST(NULL)),
	SERVICE("d", CAT, .listen = LIST("fifo:/run/x")),
	SERVICE("e", CAT, .listen = LIST("netlink:x")),
	SERVICE("f", CAT, .listen = LIST("/run/x")),
	SERVICE("g", CAT, .listen = LIST("unx:/run/x")),
	SERVICE("h", CAT, .listen = LIST("80")),
	SERVICE("i", CAT, .listen = LIST("tcp")),
	SERVICE("j", CAT, .listen = LIST("tcp:[::]")),
	SERVICE("k", CAT, .listen = LIST("tcp:[::]:0")),
	SERVICE("l", CAT, .listen = LIST("tcp:[::]:65536")),
	SERVICE("m", CAT, .listen = LIST("tcp:localhost:80")),
	SERVICE("n", CAT, .listen = LIST("tcp:[fe80::1%eth0]:80")),
	SERVICE("o", CAT, .listen = LIST("unix:x")),
	SERVICE("p", CAT, .listen = LIST("unix:/run/")),
	SERVICE("q", CAT, .listen = LIST("unix:/run/x,reuseport")),
	SERVICE("r", CAT, .listen = LIST("tcp:[::]:82,mode=0600")),
	SERVICE("s", CAT, .listen = LIST("udp:[::]:82,backlog=5")),
	SERVICE("t", CAT, .listen = LIST("tcp:0.0.0.0:82,v6only")),
	SERVICE("u", CAT, .listen = LIST("tcp:[::]:83,backlg=5")),
	SERVICE("v", CAT, .listen = LIST("tcp:[::]:83,backlog")),
	SERVICE("w", CAT, .listen = LIST("tcp:[::]:83,reuseport=1")),
	SERVICE("x", CAT, .listen = LIST("unix:/run/y,mode=999")),
	SERVICE("y", CAT, .listen = LIST("unix:/run/y,user=no such user")),
	SERVICE("z", CAT, .listen = LIST("tcp:[::]:84,device=a-very-long-name")),
	SERVICE("a:b", CAT, .listen = LIST("tcp:[::]:85")),
	SERVICE("two", CAT, .listen = LIST("tcp:[::]:86", "tcp:[::]:86,backlog=1")),
	SERVICE("both", CAT, .listen = LIST("tcp:[::]:87,reuseport", "tcp:[::]:87,reuseport,name=b")),
	SERVICE("fd", CAT, .ready = READY_FD(3), .listen = LIST("tcp:[::]:88")),
	SERVICE("env", CAT, .env = LIST("LISTEN_FDS=1"), .listen = LIST("tcp:[::]:89")),
	SERVICE("demand", CAT, .on_demand = true),
	SERVICE("store", CAT, .fd_store = 3),
	SERVICE("stores", CAT, .ready = READY_SD_NOTIFY, .fd_store = 64,
	        .listen = LIST("unix:/w")),
	SERVICE("minus", CAT, .ready = READY_SD_NOTIFY, .fd_store = -1),
	SERVICE("empty", CAT, .listen = LIST("")),
};

CONNATE();
// expect: 8: warning: service 'a' does nothing: it has no .setup, .run or .cleanup, and no dependency or member
// expect: 8: error: service 'a': .listen without .run: there is no program to be given the sockets
// expect: 9: error: service 'b': .listen is written LIST("address", ...)
// expect: 10: error: service 'c': .listen has an empty entry
// expect: 11: error: service 'd': .listen: 'fifo:/run/x': a FIFO or a netlink socket cannot be listened on; the program can open it itself
// expect: 12: error: service 'e': .listen: 'netlink:x': a FIFO or a netlink socket cannot be listened on; the program can open it itself
// expect: 13: error: service 'f': .listen: '/run/x': a path has unix:, unix-dgram: or unix-seqpacket: before it
// expect: 14: error: service 'g': .listen: 'unx:/run/x': it begins with an unknown word; is it meant to be unix
// expect: 15: error: service 'h': .listen: '80': it does not begin with tcp:, udp:, unix:, unix-dgram: or unix-seqpacket:
// expect: 16: error: service 'i': .listen: 'tcp': there is no address behind it
// expect: 17: error: service 'j': .listen: 'tcp:[::]': it does not end with a port, :1 to :65535
// expect: 18: error: service 'k': .listen: 'tcp:[::]:0': it does not end with a port, :1 to :65535
// expect: 19: error: service 'l': .listen: 'tcp:[::]:65536': it does not end with a port, :1 to :65535
// expect: 20: error: service 'm': .listen: 'tcp:localhost:80': there is no numeric address before the port, such as [::] or 127.0.0.1; names are not looked up, and an interface is device=NAME
// expect: 21: error: service 'n': .listen: 'tcp:[fe80::1%eth0]:80': there is no numeric address before the port, such as [::] or 127.0.0.1; names are not looked up, and an interface is device=NAME
// expect: 22: error: service 'o': .listen: 'unix:x': it is neither an absolute path of a file nor @name
// expect: 23: error: service 'p': .listen: 'unix:/run/': it is neither an absolute path of a file nor @name
// expect: 24: error: service 'q': .listen: 'unix:/run/x,reuseport': this kind of socket has no reuseport
// expect: 25: error: service 'r': .listen: 'tcp:[::]:82,mode=0600': this kind of socket has no mode
// expect: 26: error: service 's': .listen: 'udp:[::]:82,backlog=5': this kind of socket has no backlog
// expect: 27: error: service 't': .listen: 'tcp:0.0.0.0:82,v6only': this kind of socket has no v6only
// expect: 28: error: service 'u': .listen: 'tcp:[::]:83,backlg=5': it has an unknown option; is it meant to be backlog
// expect: 29: error: service 'v': .listen: 'tcp:[::]:83,backlog': an option without its value: backlog
// expect: 30: error: service 'w': .listen: 'tcp:[::]:83,reuseport=1': an option that takes no value: reuseport
// expect: 31: error: service 'x': .listen: 'unix:/run/y,mode=999': mode= takes an octal number, such as 0660
// expect: 32: error: service 'y': .listen: there is no user 'no such user' on this machine; its number would do
// expect: 33: error: service 'z': .listen: 'tcp:[::]:84,device=a-very-long-name': device= takes the name of an interface
// expect: 34: error: service 'a:b': .listen: 'tcp:[::]:85': a name has 1 to 63 characters and no ':'; say another one by name=
// expect: 35: error: service 'two': .listen: 'tcp:[::]:86,backlog=1': 'two' has that address already; with reuseport in both, and another name=, both may
// expect: 37: error: service 'fd': .ready takes descriptor 3: the sockets of .listen have the descriptors 3 to 3
// expect: 38: error: service 'env': .env: LISTEN_FDS is set by connate
// expect: 39: error: service 'demand': .on_demand without .listen: there is nothing that could be connected to
// expect: 40: error: service 'store': .fd_store without READY_SD_NOTIFY: it has no socket to send descriptors to
// expect: 41: error: service 'stores': .fd_store = 64; it is 0 to 63, as .listen takes some of 64
// expect: 43: error: service 'minus': .fd_store = -1; it is 0 to 64
// expect: 44: error: service 'empty': .listen: '': it does not begin with tcp:, udp:, unix:, unix-dgram: or unix-seqpacket:
