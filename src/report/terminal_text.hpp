#pragma once

#include "core/terminal_text.hpp"

namespace foundation::report {

using core::visible;

}  // namespace foundation::report
