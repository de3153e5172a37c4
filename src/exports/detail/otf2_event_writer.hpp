#pragma once

#include <cstdint>

#include "analysis/trace_set.hpp"
#include "core/unique_handle.hpp"
#include "exports/detail/otf2_archive.hpp"
#include "exports/detail/otf2_record.hpp"
#include "exports/detail/otf2_references.hpp"

namespace foundation::exports::detail {

struct Otf2AttributesPolicy {
  using Raw = OTF2_AttributeList*;
  static Raw null() noexcept { return nullptr; }
  static void close(Raw list) noexcept { static_cast<void>(OTF2_AttributeList_Delete(list)); }
};

/// Writes the events of one location. The archive's event files are open. Throws
/// core::Error{io}.
class Otf2EventWriter {
 public:
  Otf2EventWriter(const Otf2Archive& archive, const analysis::TraceSet& traces,
                  Otf2References& references, OTF2_LocationRef location);

  void write(const Record& record);
  /// Ends the file of the location; how many events are in it.
  [[nodiscard]] std::uint64_t close();

 private:
  [[nodiscard]] OTF2_ErrorCode write_call(const Record& it);
  [[nodiscard]] OTF2_ErrorCode write_message(const Record& it);
  [[nodiscard]] OTF2_ErrorCode write_collective(const Record& it);
  [[nodiscard]] OTF2_ErrorCode write_point(const Record& it);

  const Otf2Archive& archive_;
  const analysis::TraceSet& traces_;
  Otf2References& references_;
  OTF2_EvtWriter* writer_;  ///< the archive owns it
  core::UniqueHandle<Otf2AttributesPolicy> attributes_;
};

/// Ticks of the archive are nanoseconds since the start of the trace; it has none before that.
[[nodiscard]] constexpr OTF2_TimeStamp otf2_time(analysis::TraceTime at) noexcept {
  return at < 0 ? 0 : static_cast<OTF2_TimeStamp>(at);
}
/// The first communicator of a trace stands for the unknown ones.
[[nodiscard]] constexpr OTF2_CommRef otf2_communicator(std::uint32_t index) noexcept {
  return index == 0 ? OTF2_UNDEFINED_COMM : index - 1;
}

}  // namespace foundation::exports::detail
