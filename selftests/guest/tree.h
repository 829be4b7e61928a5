/* SPDX-License-Identifier: GPL-2.0-only */
/* tree.h - the number of turns of the program tree, see tree.S. */
#ifndef XENPMU_GUEST_TREE_H
#define XENPMU_GUEST_TREE_H

#define TREE_TURNS	300000	/* of each loop, 4 instructions a turn */

#endif
