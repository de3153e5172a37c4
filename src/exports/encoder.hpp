#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "analysis/matches.hpp"
#include "exports/export.hpp"

namespace foundation::exports {

/// One call as it is exported.
struct ExportedCall {
  const analysis::CallSpan& span;
  analysis::TraceTime leave;  ///< of the call, or the end of the trace if it never ended
  bool ended;
};

/// Writes one format. Calls come as they end, those inside before the one around them; messages
/// once both ends are known.
class Encoder {
 public:
  Encoder(const analysis::TraceSet& traces, const ExportOptions& options, const Writer& write)
      : traces_{traces}, options_{options}, write_{write} {}
  virtual ~Encoder() = default;
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  virtual void begin() = 0;
  virtual void call(const ExportedCall& call) = 0;
  virtual void counter(const analysis::Point& value) = 0;
  virtual void mark(const analysis::Point& mark) = 0;
  /// `number` is unique in the export.
  virtual void message(const analysis::Message& message, std::uint64_t number) = 0;
  virtual void end(const ExportCounts& counts, analysis::TraceTime last) = 0;

  void flush() {
    write_(buffer_);
    buffer_.clear();
  }

 protected:
  [[nodiscard]] const analysis::TraceSet& traces() const noexcept { return traces_; }
  [[nodiscard]] const ExportOptions& options() const noexcept { return options_; }
  [[nodiscard]] const analysis::Region& region(const analysis::Site& site,
                                               std::uint16_t id) const noexcept {
    return traces_.processes()[site.process].region(id);
  }
  void put(std::string_view bytes) {
    buffer_ += bytes;
    if (buffer_.size() >= buffer_bytes) flush();
  }

 private:
  static constexpr std::size_t buffer_bytes = std::size_t{1} << 18;
  const analysis::TraceSet& traces_;
  const ExportOptions& options_;
  const Writer& write_;
  std::string buffer_;
};

/// "rank 3 on node17", or "process 4242 on node17" if it has no rank.
[[nodiscard]] std::string process_label(const analysis::Process& process);
/// Text as a JSON string with its quotes; broken UTF-8 is replaced.
[[nodiscard]] std::string json_text(std::string_view text);
/// A number in JSON; null if it is infinite, or none.
[[nodiscard]] std::string json_number(double value);

}  // namespace foundation::exports
