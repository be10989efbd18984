#pragma once
#include "thread_name.h"
