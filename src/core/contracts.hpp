#pragma once

#include <stdexcept>
#include <string>

/// Contracts: conditions that only a bug of ours can break, never user data. A broken one throws
/// ContractViolation, which main turns into exit status 70. Compiled out with
/// -DFOUNDATION_CONTRACTS=OFF.
namespace foundation::core {

class ContractViolation : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] void contract_failed(const char* kind, const char* condition, const char* file,
                                  int line);

}  // namespace foundation::core

#if FOUNDATION_CONTRACTS
#define FOUNDATION_CONTRACT(kind, condition) \
  ((condition) ? static_cast<void>(0)        \
               : ::foundation::core::contract_failed(kind, #condition, __FILE__, __LINE__))
#else
#define FOUNDATION_CONTRACT(kind, condition) static_cast<void>(sizeof(!(condition)))
#endif

#define EXPECTS(condition) FOUNDATION_CONTRACT("precondition", condition)
#define ASSERT(condition) FOUNDATION_CONTRACT("assertion", condition)
#define ENSURES(condition) FOUNDATION_CONTRACT("postcondition", condition)
