/* SPDX-License-Identifier: MIT */
/* What an import tells the person who has asked for it. */
#include "import/write.h"

void summary_begin(struct text *t)
{
	text_format(t, "%-40s %8s %8s %9s %9s\n", "service", "carried",
	            "harmless", "hardening", "decisions");
}

void summary_draft(struct text *t, struct total *sum, const struct draft *d)
{
	size_t dropped = draft_count(d, REMARK_DROPPED);
	size_t hardening = draft_count(d, REMARK_HARDENING);
	size_t decisions = draft_count(d, REMARK_DECIDE);
	struct text name = { 0 };

	text_comment(&name, d->name);
	text_format(t, "%-40s %8zu %8zu %9zu %9zu\n", text_end(&name),
	            d->carried, dropped, hardening, decisions);
	sum->services++;
	sum->clear += decisions == 0;
	sum->carried += d->carried;
	sum->dropped += dropped;
	sum->hardening += hardening;
	sum->decisions += decisions;
}

void summary_decisions(struct text *t, const struct draft *d, bool all)
{
	static const char *const heads[] = {
		[REMARK_DECIDE] = "decide",
		[REMARK_DROPPED] = "harmless",
		[REMARK_HARDENING] = "hardening",
		[REMARK_NOTE] = "mind",
	};

	for (size_t i = 0; i < d->remarks; i++) {
		if (!all && d->remark[i].kind != REMARK_DECIDE)
			continue;
		text_format(t, "%s: ", heads[d->remark[i].kind]);
		text_comment(t, d->remark[i].text);
		text_char(t, '\n');
	}
}

void summary_end(struct text *t, const struct total *sum)
{
	text_format(t, "%zu of %zu services without a decision; %zu settings "
	            "carried, %zu harmless, %zu hardening, %zu to decide\n",
	            sum->clear, sum->services, sum->carried, sum->dropped,
	            sum->hardening, sum->decisions);
}
