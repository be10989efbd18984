#pragma once
#include "plugin_probe.h"
#include "thread_name.h"
