#pragma once
#include <stdint.h>
#include <stddef.h>
#include "plugin_abi.h"
