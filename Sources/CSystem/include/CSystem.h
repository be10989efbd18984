#pragma once
#include "cell_width.h"
#include "file_watch.h"
#include "plugin_probe.h"
#include "rename_new.h"
#include "thread_name.h"
