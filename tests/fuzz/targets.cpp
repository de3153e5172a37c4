#include "targets.hpp"

#include <algorithm>
#include <array>

namespace foundation::fuzz {
namespace {

constexpr std::array all = {
    Target{"job", read_job},
    Target{"jsonl", read_jsonl},
    Target{"csv", read_csv},
    Target{"constraint", read_constraint},
    Target{"quantity", read_quantity},
    Target{"end_note", read_end_note},
    Target{"journal", read_journal},
    Target{"claim", read_claim},
    Target{"records", read_records},
    Target{"message", read_message},
    Target{"setup", read_setup},
    Target{"handshake", read_handshake},
    Target{"lm_response", read_lm_response},
    Target{"lm_answer", read_lm_answer},
};

}  // namespace

std::span<const Target> targets() noexcept { return all; }

const Target* find_target(std::string_view name) noexcept {
  const auto found = std::ranges::find(all, name, &Target::name);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace foundation::fuzz
