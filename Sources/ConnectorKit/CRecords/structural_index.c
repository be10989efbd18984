#include "CRecords.h"
