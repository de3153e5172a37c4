#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "exports/encoders.hpp"

namespace foundation::exports {
namespace {

/// Trace Event Format (Google, 2016): complete events (X), metadata (M), flows (s, f), counters (C)
/// and instants (i). Counters are told apart by their process, name and id: here, the thread.
/// Processes are numbered as in the trace: process ids of several hosts may be equal.
class Chrome final : public Encoder {
 public:
  using Encoder::Encoder;

  void begin() override {
    put("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
    for (std::size_t i = 0; i < traces().processes().size(); ++i) {
      event(
          fmt::format(R"({{"ph":"M","pid":{},"tid":0,"name":"process_name","args":{{"name":{}}}}})",
                      i, json_text(process_label(traces().processes()[i]))));
      event(fmt::format(
          R"({{"ph":"M","pid":{},"tid":0,"name":"process_sort_index","args":{{"sort_index":{}}}}})",
          i, i));
    }
  }
  void call(const ExportedCall& it) override {
    const analysis::Site& site = it.span.site;
    const analysis::Region& what = region(site, site.region);
    event(fmt::format(R"({{"ph":"X","pid":{},"tid":{},"name":{},"cat":"{}","ts":{},"dur":{}}})",
                      site.process, site.stream, json_text(what.name),
                      what.role == trace::RegionRole::program ? "program" : "mpi",
                      microseconds(it.span.enter), microseconds(it.leave - it.span.enter)));
  }
  void counter(const analysis::Point& it) override {
    if (!std::isfinite(it.value)) return;  // there is no way to write it
    const analysis::Region& what = region(it.site, it.site.region);
    event(fmt::format(
        R"({{"ph":"C","pid":{},"tid":{},"id":{},"name":{},"ts":{},"args":{{{}:{}}}}})",
        it.site.process, it.site.stream, it.site.stream, json_text(what.name), microseconds(it.at),
        json_text(what.unit.empty() ? "value" : what.unit), json_number(it.value)));
  }
  void mark(const analysis::Point& it) override {
    event(fmt::format(R"({{"ph":"i","s":"t","pid":{},"tid":{},"name":{},"cat":"program","ts":{},)"
                      R"("args":{{"value":{}}}}})",
                      it.site.process, it.site.stream,
                      json_text(region(it.site, it.site.region).name), microseconds(it.at),
                      json_number(it.value)));
  }
  void message(const analysis::Message& it, std::uint64_t number) override {
    flow("s", "", it.send.site, it.send.enter, number);
    // It binds to the slice around it, whose end is no longer part of it.
    flow("f", R"("bp":"e",)", it.receive.site, std::max(it.receive.leave - 1, it.receive.enter),
         number);
  }
  void end(const ExportCounts& /*counts*/, analysis::TraceTime /*last*/) override { put("\n]}\n"); }

 private:
  static std::string microseconds(analysis::TraceTime time) {
    const bool negative = time < 0;
    const analysis::TraceTime size = negative ? -time : time;
    return fmt::format("{}{}.{:03}", negative ? "-" : "", size / 1000, size % 1000);
  }
  void flow(const char* phase, const char* more, const analysis::Site& site, analysis::TraceTime at,
            std::uint64_t number) {
    event(fmt::format(
        R"({{"ph":"{}",{}"pid":{},"tid":{},"name":"message","cat":"message","id":{},"ts":{}}})",
        phase, more, site.process, site.stream, number, microseconds(at)));
  }
  void event(std::string_view text) {
    if (!first_) put(",\n");
    first_ = false;
    put(text);
  }
  bool first_ = true;
};

}  // namespace

std::unique_ptr<Encoder> make_chrome(const analysis::TraceSet& traces, const ExportOptions& options,
                                     const Writer& write) {
  return std::make_unique<Chrome>(traces, options, write);
}

}  // namespace foundation::exports
