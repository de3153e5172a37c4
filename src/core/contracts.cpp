#include "core/contracts.hpp"

#include <fmt/format.h>

namespace foundation::core {

void contract_failed(const char* kind, const char* condition, const char* file, int line) {
  throw ContractViolation{fmt::format("{}:{}: {} failed: {}", file, line, kind, condition)};
}

}  // namespace foundation::core
