// SPDX-License-Identifier: GPL-2.0-only
/*
 * spec.c - splits an event name from its modifiers.  Pure: no libpfm4, no I/O.
 *
 * The letters k, u, e, i, c, h and g are in libpfm_amd64(3).  The
 * letters u, k, h, G, H and p are in perf-list(1), "EVENT MODIFIERS".
 */
#include <string.h>

#include "spec.h"

/* The modes that the modifiers switch on and off. */
struct modes {
	unsigned int on, off;
	bool guest, host;
};

/* Notes what each letter asks for.  perf lets letters stand together, as in "uk". */
static void letters(const char *s, size_t len, bool set, struct modes *m)
{
	unsigned int *to = set ? &m->on : &m->off;

	for (size_t i = 0; i < len; i++) {
		switch (s[i]) {
		case 'u':
			*to |= SPEC_USER;
			break;
		case 'k':
			*to |= SPEC_KERNEL;
			break;
		case 'g':
		case 'G':
			m->guest = true;
			break;
		case 'h':
		case 'H':
			m->host = true;
			break;
		}
	}
}

static bool only(const char *s, size_t len, const char *set)
{
	return len && strspn(s, set) >= len;
}

/*
 * Takes one attribute if it is a mode, and says in *taken whether it was one.
 * libpfm4 checks the other attributes: unit masks, e, i and c=.
 */
static const char *attribute(const char *s, size_t len, struct modes *m,
			     bool *taken)
{
	*taken = true;
	if (!len)
		return "there is nothing between two colons or after the last one";
	if (only(s, len, "ukhgHG")) {
		letters(s, len, true, m);
		return NULL;
	}
	if (only(s, len, "ukhgHGp"))
		return "a guest may not use precise sampling (p)";
	if (only(s, 1, "ukhg") && s[1] == '=') {
		if (len != 3 || !only(s + 2, 1, "01yn"))
			return "a mode takes 0 or 1";
		letters(s, 1, s[2] == '1' || s[2] == 'y', m);
		return NULL;
	}
	*taken = false;
	return NULL;
}

/* The length of "EVENT" or "pmu::EVENT": the "::" after a PMU does not end the name. */
static size_t event_length(const char *text)
{
	size_t len = strcspn(text, ":");

	if (text[len] == ':' && text[len + 1] == ':')
		len += 2 + strcspn(text + len + 2, ":");
	return len;
}

static const char *settle(const struct modes *m, struct spec *out)
{
	out->dropped = m->guest || m->host;
	out->modes = m->on & ~m->off;
	if (!m->on && m->off)
		out->modes = (SPEC_USER | SPEC_KERNEL) & ~m->off;
	if (m->on && !out->modes)
		return "the modifiers switch the same mode on and off";
	if ((m->off & ~m->on) == (SPEC_USER | SPEC_KERNEL))
		return "the modifiers leave no mode to count in";
	if (m->host && !m->guest && !m->on)
		return "it would count the host only, which a guest may not count";
	return NULL;
}

const char *spec_parse(const char *text, struct spec *out)
{
	struct modes m = { 0 };
	const char *p, *why;
	size_t len, used;
	bool taken;

	memset(out, 0, sizeof(*out));
	if (strlen(text) >= sizeof(out->name))
		return "the name is too long";
	len = event_length(text);
	if (!len || text[len - 1] == ':')
		return "the event's name is empty";
	memcpy(out->name, text, len);
	used = len;

	for (p = text + len; *p == ':'; p += len) {
		len = strcspn(++p, ":");
		why = attribute(p, len, &m, &taken);
		if (why)
			return why;
		if (taken)
			continue;
		out->name[used++] = ':';
		memcpy(out->name + used, p, len);
		used += len;
	}
	return settle(&m, out);
}
