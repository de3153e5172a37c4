#include <cstdint>

#include "targets.hpp"

/// Entry point of libFuzzer for the one target that this program was built for. What a target
/// throws is not caught: libFuzzer takes it for the crash it is, and keeps the input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  foundation::fuzz::FOUNDATION_FUZZ_FUNCTION({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
