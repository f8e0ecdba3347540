/* SPDX-License-Identifier: MIT */
/* .listen: the text of an address becomes what socket(2), setsockopt(2), bind(2)
 * and listen(2) take. Numbers are those of Linux on all machines that we build
 * for. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "config/check/check.h"
#include "model/text.h"

enum { BACKLOG = 4096, DEVICE_MAX = 15 /* IFNAMSIZ, with its NUL */ };

/* The numbers of the options, which not every libc has. */
enum { FREEBIND = 15, V6_FREEBIND = 78 };

static const char *const kinds[] = { "tcp", "udp", "unix", "unix-dgram",
	                             "unix-seqpacket" };
static const uint8_t types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_STREAM,
	                         SOCK_DGRAM, SOCK_SEQPACKET };
enum { KINDS = 5, TCP = 0, UDP = 1 };

static const char *const words[] = { "name", "backlog", "device", "reuseport",
	                             "freebind", "v6only", "mode", "user",
	                             "group" };
enum word { NAME, BACKLOG_IS, DEVICE, REUSEPORT, FREEBIND_IS, V6ONLY, MODE,
	    USER, GROUP, WORDS };

/* What is read, and where. */
struct reading {
	const struct config *c;
	uint32_t i;
	const struct host *h;
	struct socket *s;
	bool wrong;
};

static void wrong(struct reading *r, const char *why, const char *remedy)
{
	report_error(r->c, r->i, ": .listen: '%s': %s%s", r->s->text, why,
	             remedy);
	r->wrong = true;
}

static void add_option(struct socket *s, uint32_t level, uint32_t option,
                       uint32_t value)
{
	uint32_t *to = s->option + OPTION_WORDS * s->options++;

	to[0] = level;
	to[1] = option;
	to[2] = value;
}

static bool is_inet(const struct socket *s)
{
	return s->family != AF_UNIX;
}

/* Is there a file? Else it is no unix socket, or an abstract one. */
static bool has_file(const struct socket *s)
{
	return !is_inet(s) && s->address[offsetof(struct sockaddr_un,
	                                          sun_path)] == '/';
}

static void read_kind(struct reading *r, const char *text)
{
	const char *like = words_like(kinds, KINDS, text);
	size_t k = 0;

	while (k < KINDS && strcmp(kinds[k], text) != 0)
		k++;
	if (k < KINDS) {
		r->s->kind = (uint8_t)k;
		r->s->type = types[k];
		return;
	}
	if (strcmp(text, "fifo") == 0 || strcmp(text, "netlink") == 0)
		wrong(r, "a FIFO or a netlink socket cannot be listened on; "
		      "the program can open it itself", "");
	else if (*text == '/' || *text == '@')
		wrong(r, "a path has unix:, unix-dgram: or unix-seqpacket: "
		      "before it", "");
	else if (like != NULL)
		wrong(r, "it begins with an unknown word; is it meant to be ",
		      like);
	else
		wrong(r, "it does not begin with tcp:, udp:, unix:, "
		      "unix-dgram: or unix-seqpacket:", "");
}

static void take_address(struct socket *s, const void *address, size_t size)
{
	memcpy(s->address, address, size);
	s->address_bytes = (uint8_t)size;
	memcpy(&s->family, s->address, sizeof(s->family));
}

/* [ADDRESS]:PORT or A.B.C.D:PORT; `host` is changed. */
static void read_inet(struct reading *r, char *host)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	char *colon = strrchr(host, ':'), *end;
	uint64_t port = 0;

	if (colon == NULL || !text_to_number(colon + 1, 65535, &port) ||
	    port == 0) {
		wrong(r, "it does not end with a port, :1 to :65535", "");
		return;
	}
	*colon = '\0';
	v4.sin_port = v6.sin6_port = htons((uint16_t)port);
	end = host + strlen(host) - 1;
	if (*host == '[' && *end == ']') {
		*end = '\0';
		if (inet_pton(AF_INET6, host + 1, &v6.sin6_addr) == 1) {
			take_address(r->s, &v6, sizeof(v6));
			return;
		}
	} else if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
		take_address(r->s, &v4, sizeof(v4));
		return;
	}
	wrong(r, "there is no numeric address before the port, such as "
	      "[::] or 127.0.0.1; names are not looked up, and an interface "
	      "is device=NAME", "");
}

static void read_path(struct reading *r, const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	size_t length = strlen(path);
	bool is_abstract = *path == '@';

	if ((*path != '/' && !is_abstract) || length < 2 ||
	    (!is_abstract && path[length - 1] == '/'))
		wrong(r, "it is neither an absolute path of a file nor "
		      "@name", "");
	else if (length >= sizeof(un.sun_path))
		wrong(r, "the path is too long; unix(7) takes 107 bytes", "");
	else {
		memcpy(un.sun_path, path, length);
		if (is_abstract)
			un.sun_path[0] = '\0';
		take_address(r->s, &un,
		             offsetof(struct sockaddr_un, sun_path) + length +
		                     !is_abstract);
	}
}

static void read_number(struct reading *r, const char *value, uint64_t max,
                        uint32_t *to)
{
	uint64_t number;

	if (!text_to_number(value, max, &number))
		wrong(r, "backlog= takes a number", "");
	else
		*to = (uint32_t)number;
}

static void read_mode(struct reading *r, const char *value)
{
	char *end;
	unsigned long mode = strtoul(value, &end, 8);

	if (*value < '0' || *value > '7' || *end != '\0' || mode > 0777)
		wrong(r, "mode= takes an octal number, such as 0660", "");
	else
		r->s->mode = (uint16_t)mode;
}

/* As sd_listen_fds_with_names(3) takes it. */
static void read_name(struct reading *r, const char *value)
{
	if (*value == '\0' || strlen(value) > NAME_MAX_BYTES ||
	     strchr(value, ':') != NULL)
		wrong(r, "a name has 1 to 63 characters and no ':'; say "
		      "another one by name=", "");
	r->s->name = value;
}

static void read_value(struct reading *r, enum word word, const char *value)
{
	struct socket *s = r->s;
	bool v6 = s->family == AF_INET6;

	switch (word) {
	case NAME:
		read_name(r, value);
		break;
	case BACKLOG_IS:
		read_number(r, value, INT32_MAX, &s->backlog);
		break;
	case DEVICE:
		if (*value == '\0' || strlen(value) > DEVICE_MAX)
			wrong(r, "device= takes the name of an interface", "");
		s->device = value;
		break;
	case REUSEPORT:
		s->reuseport = true;
		add_option(s, SOL_SOCKET, SO_REUSEPORT, 1);
		break;
	case FREEBIND_IS:
		add_option(s, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
		           v6 ? V6_FREEBIND : FREEBIND, 1);
		break;
	case V6ONLY:
		s->v6only = true;
		break;
	case MODE:
		read_mode(r, value);
		break;
	case USER:
		s->uid = user_of_field(r->c, r->i, r->h, ".listen", value);
		r->wrong |= s->uid == TABLE_NONE;
		break;
	case GROUP:
		s->gid = group_of_field(r->c, r->i, r->h, ".listen", value);
		r->wrong |= s->gid == TABLE_NONE;
		break;
	case WORDS:
		break;
	}
}

/* Does this kind of socket have it? */
static bool word_fits(const struct socket *s, enum word word)
{
	if (word == REUSEPORT || word == FREEBIND_IS || word == DEVICE)
		return is_inet(s);
	if (word == V6ONLY)
		return s->family == AF_INET6;
	if (word == BACKLOG_IS)
		return s->type != SOCK_DGRAM;
	return word == NAME || has_file(s);
}

static void read_option(struct reading *r, char *option)
{
	char *value = strchr(option, '=');
	const char *like;
	size_t k = 0;
	bool takes;

	if (value != NULL)
		*value++ = '\0';
	while (k < WORDS && strcmp(words[k], option) != 0)
		k++;
	takes = k < REUSEPORT || k > V6ONLY;
	like = words_like(words, WORDS, option);
	if (k == WORDS)
		wrong(r, like != NULL
		              ? "it has an unknown option; is it meant to be "
		              : "it has an unknown option; connate-config(5) "
		                "has those that there are",
		      like != NULL ? like : "");
	else if (takes != (value != NULL))
		wrong(r, takes ? "an option without its value: "
		               : "an option that takes no value: ", words[k]);
	else if (!word_fits(r->s, (enum word)k))
		wrong(r, "this kind of socket has no ", words[k]);
	else
		read_value(r, (enum word)k, value);
}

/* What there is of it before an option is read. */
static void begin(struct reading *r, const char *text)
{
	const char *name = service_of(r->c, r->i)->name;

	*r->s = (struct socket){ .text = text, .name = name,
		                 .backlog = BACKLOG, .mode = 0666,
		                 .uid = TABLE_NONE, .gid = TABLE_NONE };
}

/* What every socket of that family has: a server that starts again need not
 * wait for the connections of the former one to be forgotten (tcp(7)); and
 * whether [::] takes IPv4, too, does not depend on the machine. */
static void add_common(struct socket *s)
{
	if (is_inet(s))
		add_option(s, SOL_SOCKET, SO_REUSEADDR, 1);
	if (s->family == AF_INET6)
		add_option(s, IPPROTO_IPV6, IPV6_V6ONLY, s->v6only);
}

bool socket_read(const struct config *c, uint32_t i, const struct host *h,
                 const char *text, struct socket *s)
{
	struct reading r = { c, i, h, s, false };
	char *copy = strdup(text), *rest = copy, *address = strsep(&rest, ",");
	char *kind = strsep(&address, ":");

	begin(&r, text);
	read_kind(&r, kind);
	if (!r.wrong && address == NULL)
		wrong(&r, "there is no address behind it", "");
	if (!r.wrong && s->kind <= UDP)
		read_inet(&r, address);
	else if (!r.wrong)
		read_path(&r, address);
	while (!r.wrong && rest != NULL)
		read_option(&r, strsep(&rest, ","));
	if (!r.wrong && strchr(s->name, ':') != NULL)
		read_name(&r, s->name);
	add_common(s);
	return !r.wrong;
}

/* The sockets of all services that were read so far, for what two have. */
struct taken {
	struct taken *next;
	uint32_t i;
	struct socket s;
};

static bool is_same_address(const struct socket *a, const struct socket *b)
{
	return a->type == b->type && a->address_bytes == b->address_bytes &&
	       memcmp(a->address, b->address, a->address_bytes) == 0 &&
	       !(a->reuseport && b->reuseport && strcmp(a->text, b->text) != 0);
}

static void check_taken(const struct config *c, uint32_t i,
                        const struct socket *s)
{
	static struct taken *all;
	struct taken *t;

	for (t = all; t != NULL; t = t->next)
		if (is_same_address(&t->s, s)) {
			report_error(c, i,
			             ": .listen: '%s': '%s' has that address "
			             "already; with reuseport in both, and "
			             "another name=, both may",
			             s->text, service_of(c, t->i)->name);
			return;
		}
	t = memory_new(1, sizeof(*t));
	*t = (struct taken){ all, i, *s };
	all = t;
}

/* The descriptor of READY_FD would be one of the sockets. */
static void check_ready_fd(const struct config *c, uint32_t i)
{
	const struct config_service *s = service_of(c, i);
	int end = READY_FD_FIRST + (int)s->listen.count;

	if (ready_has_fd(s) && s->ready.fd < end &&
	    s->ready.fd >= READY_FD_FIRST)
		report_error(c, i,
		             ": .ready takes descriptor %d: the sockets of "
		             ".listen have the descriptors 3 to %d",
		             s->ready.fd, end - 1);
}

static void check_store(const struct config *c, uint32_t i)
{
	const struct config_service *s = service_of(c, i);
	int room = LISTEN_MAX - (int)s->listen.count;

	if (s->fd_store < 0 || s->fd_store > room)
		report_error(c, i, ": .fd_store = %d; it is 0 to %d%s",
		             s->fd_store, room,
		             s->listen.count > 0
		                     ? ", as .listen takes some of 64" : "");
	else if (s->fd_store > 0 && s->ready.ready != CONFIG_READY_SD_NOTIFY)
		report_error(c, i, ": .fd_store without READY_SD_NOTIFY: it "
		             "has no socket to send descriptors to");
}

void sockets_check(const struct config *c, uint32_t i, const struct host *h)
{
	const struct config_service *s = service_of(c, i);
	struct socket read;

	check_store(c, i);
	if (!list_written(&s->listen)) {
		report_error(c, i, ": .listen is written LIST(\"address\", "
		             "...)");
		return;
	}
	if (s->listen.count == 0 && s->on_demand)
		report_error(c, i, ": .on_demand without .listen: there is "
		             "nothing that could be connected to");
	if (s->listen.count == 0)
		return;
	if (s->run.action == CONFIG_ACTION_NONE)
		report_error(c, i, ": .listen without .run: there is no "
		             "program to be given the sockets");
	if (s->listen.count > LISTEN_MAX)
		report_error(c, i, ": .listen has %zu addresses; %d are the "
		             "most", s->listen.count, LISTEN_MAX);
	check_ready_fd(c, i);
	for (size_t k = 0; k < s->listen.count; k++)
		if (s->listen.item[k] == NULL)
			report_error(c, i, ": .listen has an empty entry");
		else if (socket_read(c, i, h, s->listen.item[k], &read))
			check_taken(c, i, &read);
}
