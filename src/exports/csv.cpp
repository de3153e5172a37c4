#include <fmt/format.h>

#include "exports/encoders.hpp"

namespace foundation::exports {
namespace {

/// RFC 4180.
std::string field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string{text};
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string{"\"\""} : std::string{c};
  return quoted + '"';
}

class Csv final : public Encoder {
 public:
  using Encoder::Encoder;

  void begin() override {
    put("rank,thread,region,caller,depth,enter_ns,leave_ns,ended,kind,value,unit\n");
  }
  void call(const ExportedCall& it) override {
    const analysis::Site& site = it.span.site;
    put(fmt::format("{},{},{},{},{},{},{},{},call,,\n", traces().processes()[site.process].rank,
                    site.stream, field(region(site, site.region).name),
                    field(region(site, site.caller).name), it.span.depth, it.span.enter, it.leave,
                    it.ended ? 1 : 0));
  }
  void counter(const analysis::Point& it) override { point(it, "counter"); }
  void mark(const analysis::Point& it) override { point(it, "mark"); }
  void message(const analysis::Message& /*message*/, std::uint64_t /*number*/) override {}
  void end(const ExportCounts& /*counts*/, analysis::TraceTime /*last*/) override {}

 private:
  void point(const analysis::Point& it, const char* kind) {
    const analysis::Region& what = region(it.site, it.site.region);
    put(fmt::format("{},{},{},{},,{},{},1,{},{},{}\n", traces().processes()[it.site.process].rank,
                    it.site.stream, field(what.name), field(region(it.site, it.site.caller).name),
                    it.at, it.at, kind, it.value, field(what.unit)));
  }
};

}  // namespace

std::unique_ptr<Encoder> make_csv(const analysis::TraceSet& traces, const ExportOptions& options,
                                  const Writer& write) {
  return std::make_unique<Csv>(traces, options, write);
}

}  // namespace foundation::exports
