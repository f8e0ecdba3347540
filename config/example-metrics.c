/* SPDX-License-Identifier: MIT */
/* An example: the numbers of conctl metrics for Prometheus, by the text file
 * collector of its node_exporter (Debian package prometheus-node-exporter,
 * which reads this folder). The words are explained in connate/config.h. */

/* Where node_exporter looks: --collector.textfile.directory. */
#define TEXT_FILES "/var/lib/prometheus/node-exporter"

/* How often Prometheus asks, in seconds: more often is of no use. */
#define SECONDS_BETWEEN "15"

#include <connate/config.h>

static const struct service services[] = {
	/* Each file is written beside the former one, under a name that
	 * node_exporter passes over, and renamed: so it never reads half of
	 * one. conctl finds the session by the environment that connate gives
	 * to each service. A set of numbers that could not be written whole
	 * does not take the place of the former one, whose age node_exporter
	 * tells: node_textfile_mtime_seconds. */
	SERVICE("metrics",
	        .run = SHELL("while :; do "
	                     "conctl metrics --classic "
	                     ">" TEXT_FILES "/connate.prom.new && "
	                     "mv " TEXT_FILES "/connate.prom.new "
	                     TEXT_FILES "/connate.prom; "
	                     "sleep " SECONDS_BETWEEN "; done"),
	        /* The last numbers are not to be taken for those of today. */
	        .cleanup = SHELL("rm -f " TEXT_FILES "/connate.prom "
	                         TEXT_FILES "/connate.prom.new"),
	        .nice = 10),
};

CONNATE();
