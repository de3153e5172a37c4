#include "exports/export.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analysis/replay.hpp"
#include "exports/encoders.hpp"

namespace foundation::exports {

using analysis::CallSpan;
using analysis::never;
using analysis::TraceTime;

std::string process_label(const analysis::Process& process) {
  const auto& facts = process.recording->facts();
  return process.rank >= 0 ? fmt::format("rank {} on {}", process.rank, facts.host)
                           : fmt::format("process {} on {}", facts.process, facts.host);
}

std::string json_text(std::string_view text) {
  return nlohmann::json{text}[0].dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string json_number(double value) {
  return std::isfinite(value) ? fmt::format("{}", value) : "null";
}

namespace {

std::unique_ptr<Encoder> make(Format format, const analysis::TraceSet& traces,
                              const ExportOptions& options, const Writer& write) {
  switch (format) {
    case Format::chrome: return make_chrome(traces, options, write);
    case Format::csv: return make_csv(traces, options, write);
    case Format::json: return make_json(traces, options, write);
    case Format::perfetto: break;
  }
  return make_perfetto(traces, options, write);
}

/// Hands on what lies within the limits.
class Filter final : public analysis::MatchSink {
 public:
  Filter(const ExportOptions& options, Encoder& encoder) : options_{options}, encoder_{encoder} {}

  void entered(const CallSpan& call) override { last_ = std::max(last_, call.enter); }
  void call(const CallSpan& call) override {
    last_ = std::max(last_, call.leave);
    const TraceTime leave = call.leave == never ? last_ : call.leave;
    if (!is_wanted(call.enter, leave)) return;
    ++counts_.calls;
    encoder_.call({call, leave, call.leave != never});
  }
  void counter(const analysis::Point& it) override {
    if (!is_inside(it.at)) return;
    ++counts_.counters;
    encoder_.counter(it);
  }
  void mark(const analysis::Point& it) override {
    if (!is_inside(it.at)) return;
    ++counts_.marks;
    encoder_.mark(it);
  }
  void message(const analysis::Message& it) override {
    if (!it.has_send() || !it.has_receive()) return;
    if (it.send.leave == never || it.receive.leave == never) return;
    if (!is_wanted(it.send.enter, it.send.leave)) return;
    if (!is_wanted(it.receive.enter, it.receive.leave)) return;
    encoder_.message(it, ++counts_.messages);
  }
  void collective(const analysis::Collective& /*collective*/) override {}

  [[nodiscard]] const ExportCounts& counts() const noexcept { return counts_; }
  [[nodiscard]] TraceTime last() const noexcept { return last_; }

 private:
  [[nodiscard]] bool is_inside(TraceTime at) {
    last_ = std::max(last_, at);
    return at >= options_.from && at <= options_.to;
  }
  [[nodiscard]] bool is_wanted(TraceTime enter, TraceTime leave) const noexcept {
    return leave >= options_.from && enter <= options_.to && leave - enter >= options_.min_duration;
  }
  const ExportOptions& options_;
  Encoder& encoder_;
  ExportCounts counts_;
  TraceTime last_ = 0;
};

}  // namespace

ExportCounts export_trace(const analysis::TraceSet& traces, Format format,
                          const ExportOptions& options, const Writer& write) {
  const std::unique_ptr<Encoder> encoder = make(format, traces, options, write);
  Filter filter{options, *encoder};
  encoder->begin();
  analysis::replay(traces, filter);
  encoder->end(filter.counts(), filter.last());
  encoder->flush();
  return filter.counts();
}

}  // namespace foundation::exports
