#pragma once

#include <cstdint>
#include <optional>
#include <tuple>

#include "analysis/external_sort.hpp"
#include "analysis/wait_states.hpp"

/// Waits in order. They are found when both ends of a message are known, which may be long after
/// the call; they are used in the order of time.
namespace foundation::analysis {

struct ByCall {
  [[nodiscard]] static auto key(const Wait& it) {
    return std::tuple{it.call,          it.site.process,  it.site.stream,
                      it.begin,         -it.duration,     it.causer.process,
                      it.causer.stream, it.causer.region, static_cast<int>(it.pattern)};
  }
  bool operator()(const Wait& a, const Wait& b) const { return key(a) < key(b); }
};
using WaitSorter = ExternalSort<Wait, ByCall>;

/// Gives out the waits of a sorter so that those of one thread do not overlap. A call that waits
/// for several messages waits for the last of them: the others are hidden behind it.
class SeparateWaits {
 public:
  explicit SeparateWaits(const WaitSorter& sorted) : cursor_{sorted, Direction::forward} {}

  [[nodiscard]] std::optional<Wait> next() {
    while (const Wait* it = cursor_.next()) {
      const bool same_call = last_ && last_->call == it->call &&
                             last_->site.process == it->site.process &&
                             last_->site.stream == it->site.stream;
      Wait wait = *it;
      if (same_call && wait.begin < last_->end()) {
        wait.duration = wait.end() - last_->end();
        wait.begin = last_->end();
        if (wait.duration <= 0) continue;
      }
      last_ = wait;
      return wait;
    }
    return std::nullopt;
  }

 private:
  WaitSorter::Cursor cursor_;
  std::optional<Wait> last_;
};

}  // namespace foundation::analysis
