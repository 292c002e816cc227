/* Made by Tern: tern export. The packer of packing {packing}: the same functions for all packings; tables and formulas say what it is. */
#include "{NAME}.h"

#include <stdbool.h>
#include <string.h>

enum { {constants} };

static const int64_t BYTES = {bytes};

{tables}

{declarations}

{memory}
{functions}
