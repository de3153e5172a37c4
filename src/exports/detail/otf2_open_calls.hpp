#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "exports/detail/otf2_record.hpp"
#include "exports/export.hpp"
#include "trace/event.hpp"

namespace foundation::exports::detail {

/// An open call of a thread.
struct OpenCall {
  trace::Event enter;
  trace::RegionRole role = trace::RegionRole::program;
  std::uint32_t region = 0;  ///< index into TraceSet::regions
  analysis::TraceTime at = 0;
  std::optional<Record> completion{};  ///< of the request, or the collective, that it begins
};

/// The open calls of one thread, and which of them lie within the limits of an export. Whether one
/// does may be known only later: until then its records wait here. The call around one has begun
/// before it, so those within the limits are always the first ones, and records go out in order.
///
/// Memory: the open calls, and what those tell that are not yet known to lie within the limits.
class Otf2OpenCalls {
 public:
  using Emit = std::function<void(const Record&)>;

  /// `limits` outlive it.
  Otf2OpenCalls(const ExportOptions& limits, Emit emit);

  /// The time has come to `now`: gives out what is known to lie within the limits by then.
  void advance(analysis::TraceTime now);
  void enter(const OpenCall& call);
  /// Something that the innermost call tells; or a point in time, if there is none.
  void tell(const Record& record);
  /// Ends the innermost call; one outside of the limits goes with all that it has told.
  void leave(RecordKind kind, analysis::TraceTime at);

  [[nodiscard]] bool empty() const noexcept { return calls_.empty(); }
  [[nodiscard]] OpenCall& innermost() noexcept { return calls_.back().call; }
  [[nodiscard]] const OpenCall& innermost() const noexcept { return calls_.back().call; }
  /// Whether all of the open calls lie within the limits.
  [[nodiscard]] bool are_wanted() const noexcept { return wanted_ == calls_.size(); }

 private:
  struct Open {
    OpenCall call;
    std::size_t first = 0;  ///< of its records among those that wait
  };
  const ExportOptions& limits_;
  Emit emit_;
  std::vector<Open> calls_;
  std::size_t wanted_ = 0;  ///< so many of them lie within the limits
  std::vector<Record> waiting_;
};

}  // namespace foundation::exports::detail
