/* SPDX-License-Identifier: MIT */
/* The sockets of .listen, as the table has them. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("web", .run = EXEC("/bin/cat"),
	        .listen = LIST("tcp:[::]:80", "tcp:127.0.0.1:81,backlog=5,name=b",
	                       "udp:[::1]:53,v6only,freebind,reuseport",
	                       "udp:10.0.0.1:53,device=eth0,freebind")),
	SERVICE("log", .run = EXEC("/bin/cat"), .log = LOG_TO("reader"),
	        .listen = LIST("unix:/run/a.sock,mode=0600,user=0,group=5",
	                       "unix-dgram:@ab", "unix-seqpacket:/x")),
	SERVICE("reader", .run = EXEC("/bin/cat")),
	SERVICE("a:b", .run = EXEC("/bin/cat"),
	        .listen = LIST("unix:/y,name=z")),
	SERVICE("none", .run = EXEC("/bin/cat"), .listen = LIST(),
	        .env = LIST("LISTEN_FDS=3")),
	SERVICE("demand", .run = EXEC("/bin/cat"), .on_demand = true,
	        .listen = LIST("unix:/z")),
	SERVICE("demand-once", .run = EXEC("/bin/cat"), .target = ONCE,
	        .on_demand = true, .listen = LIST("unix:/zz")),
	SERVICE("store", .run = EXEC("/bin/cat"), .ready = READY_SD_NOTIFY,
	        .fd_store = 3, .listen = LIST("unix:/zzz")),
	SERVICE("stores", .run = EXEC("/bin/cat"), .ready = READY_SD_NOTIFY,
	        .fd_store = 2),
};

CONNATE();
// table: web LISTEN_FDNAMES=web:b:web:web
// table: web listen tcp:[::]:80 pipe 1 type 1 backlog 4096 0a000050000000000000000000000000000000000000000000000000 options 1 2 1 41 26 0
// table: web listen tcp:127.0.0.1:81,backlog=5,name=b pipe 2 type 1 backlog 5 020000517f0000010000000000000000 options 1 2 1
// table: web listen udp:[::1]:53,v6only,freebind,reuseport pipe 3 type 2 backlog 4096 0a000035000000000000000000000000000000000000000100000000 options 41 78 1 1 15 1 1 2 1 41 26 1
// table: web listen udp:10.0.0.1:53,device=eth0,freebind pipe 4 type 2 backlog 4096 020000350a0000010000000000000000 options 0 15 1 1 2 1 device eth0
// table: log listen unix:/run/a.sock,mode=0600,user=0,group=5 pipe 5 type 1 backlog 4096 01002f72756e2f612e736f636b00 options mode 600 0 5
// table: log listen unix-dgram:@ab pipe 6 type 2 backlog 4096 0100006162 options mode 666 -1 -1
// table: a:b LISTEN_FDNAMES=z
// table: demand line 18 target down ready 0
// table: demand on demand up
// table: demand-once on demand once
// table: store ready pipe 11 fd 0
// table: store listen unix:/zzz pipe 12 type 1 backlog 4096 01002f7a7a7a00 options mode 666 -1 -1
// table: store stores 13 14 15
// table: stores LISTEN_FDNAMES=
// table: stores stores 17 18
