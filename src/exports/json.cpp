#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "exports/encoders.hpp"

namespace foundation::exports {
namespace {

/// One document: what the trace is, then its calls, messages, counters and marks as `events` in the
/// order in which they ended, then sums.
class Json final : public Encoder {
 public:
  using Encoder::Encoder;

  void begin() override {
    put(fmt::format("{{\"trace_id\":\"{:016x}\",\"started_at\":{},\"exported_at\":{},\"nodes\":[",
                    traces().trace_id(), traces().started_at(), options().exported_at));
    std::set<std::string> hosts;
    for (const analysis::Process& it : traces().processes())
      hosts.insert(it.recording->facts().host);
    for (bool first = true; const std::string& host : hosts) {
      put(fmt::format("{}{}", first ? "" : ",", json_text(host)));
      first = false;
    }
    put("],\"scope\":{\"ranks\":[");
    for (bool first = true; const analysis::Process& it : traces().processes()) {
      put(fmt::format("{}{}", first ? "" : ",", it.rank));
      first = false;
    }
    put("]},\"events\":[");
  }
  void call(const ExportedCall& it) override {
    const analysis::Site& site = it.span.site;
    event(fmt::format(R"({{"type":"call","node":{},"rank":{},"thread":{},"region":{},)"
                      R"("caller":{},"enter_ns":{},"leave_ns":{},"ended":{}}})",
                      json_text(traces().processes()[site.process].recording->facts().host),
                      traces().processes()[site.process].rank, site.stream,
                      json_text(region(site, site.region).name),
                      json_text(region(site, site.caller).name), it.span.enter, it.leave,
                      it.ended));
  }
  void counter(const analysis::Point& it) override { point(it, "counter"); }
  void mark(const analysis::Point& it) override { point(it, "mark"); }
  void message(const analysis::Message& it, std::uint64_t /*number*/) override {
    event(fmt::format(R"({{"type":"message","node":{},"source":{},"target":{},"tag":{},)"
                      R"("communicator":{},"bytes":{},"sent_ns":{},"received_ns":{}}})",
                      json_text(traces().processes()[it.send.site.process].recording->facts().host),
                      it.source, it.target, it.tag, it.communicator, it.bytes, it.send.enter,
                      it.receive.leave));
  }
  void end(const ExportCounts& counts, analysis::TraceTime last) override {
    const bool completed = std::ranges::all_of(
        traces().processes(), [](const auto& it) { return it.recording->facts().closed; });
    put(
        fmt::format("\n],\"completed_at\":{},\"status\":\"{}\",\"results\":{{\"calls\":{},"
                    "\"messages\":{},\"counters\":{},\"marks\":{}}}}}\n",
                    traces().started_at() + last, completed ? "completed" : "active", counts.calls,
                    counts.messages, counts.counters, counts.marks));
  }

 private:
  void point(const analysis::Point& it, const char* type) {
    const analysis::Region& what = region(it.site, it.site.region);
    const analysis::Process& process = traces().processes()[it.site.process];
    event(fmt::format(R"({{"type":"{}","node":{},"rank":{},"thread":{},"name":{},"unit":{},)"
                      R"("caller":{},"time_ns":{},"value":{}}})",
                      type, json_text(process.recording->facts().host), process.rank,
                      it.site.stream, json_text(what.name), json_text(what.unit),
                      json_text(region(it.site, it.site.caller).name), it.at,
                      json_number(it.value)));
  }
  void event(std::string_view text) {
    put(first_ ? "\n" : ",\n");
    first_ = false;
    put(text);
  }
  bool first_ = true;
};

}  // namespace

std::unique_ptr<Encoder> make_json(const analysis::TraceSet& traces, const ExportOptions& options,
                                   const Writer& write) {
  return std::make_unique<Json>(traces, options, write);
}

}  // namespace foundation::exports
