#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// Everything of Foundation that reads bytes from outside, as functions of those bytes. A target
/// lets the errors pass that its parser promises; anything else it throws, and every crash, is a
/// finding. What can be read must mean the same after writing and reading it again.
namespace foundation::fuzz {

using Input = std::span<const std::byte>;

struct Target {
  std::string_view name;  ///< also the folder of its inputs in tests/fuzz/corpus
  void (*run)(Input input);
};

[[nodiscard]] std::span<const Target> targets() noexcept;
[[nodiscard]] const Target* find_target(std::string_view name) noexcept;

void read_job(Input input);
void read_jsonl(Input input);
void read_csv(Input input);
void read_constraint(Input input);
void read_quantity(Input input);
void read_end_note(Input input);
void read_journal(Input input);
void read_claim(Input input);
void read_records(Input input);
void read_message(Input input);
void read_setup(Input input);
void read_handshake(Input input);
void read_lm_response(Input input);
void read_lm_answer(Input input);

/// A broken property.
class Finding : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};
inline void require(bool condition, const char* property) {
  if (!condition) throw Finding{property};
}

[[nodiscard]] inline std::string_view text_of(Input input) noexcept {
  return {reinterpret_cast<const char*>(input.data()), input.size()};
}

/// Inputs of the binary formats to start from, by target, as their encoders write them.
struct Seed {
  std::string target;
  std::string name;
  std::vector<std::byte> bytes;
};
[[nodiscard]] std::vector<Seed> binary_seeds();

}  // namespace foundation::fuzz
