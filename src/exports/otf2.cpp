#include "exports/otf2.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "analysis/event_merge.hpp"
#include "exports/detail/otf2_archive.hpp"
#include "exports/detail/otf2_definitions.hpp"
#include "exports/detail/otf2_event_writer.hpp"
#include "exports/detail/otf2_locations.hpp"
#include "exports/detail/otf2_markers.hpp"
#include "exports/detail/otf2_translator.hpp"
#include "storage/column.hpp"

namespace foundation::exports {

using namespace detail;

namespace {

/// Of the latest event in the trace.
analysis::TraceTime end_of(const analysis::TraceSet& traces) {
  analysis::TraceTime end = 0;
  for (const analysis::Process& process : traces.processes()) {
    const auto& streams = process.recording->streams();
    for (std::uint32_t stream = 0; stream < streams.size(); ++stream) {
      if (streams[stream].published == streams[stream].oldest) continue;
      trace::Event last;
      process.recording->read(stream, streams[stream].published - 1, {&last, 1});
      end = std::max(end, process.time.at(last.ticks));
    }
  }
  return end;
}

class Export {
 public:
  Export(const analysis::TraceSet& traces, const ExportOptions& options,
         const std::filesystem::path& folder)
      : traces_{traces},
        options_{options},
        locations_{traces},
        end_{end_of(traces)},
        archive_{folder} {}

  Otf2Counts run() {
    describe();
    archive_.check(OTF2_Archive_OpenEvtFiles(archive_.get()));
    for (std::uint32_t group = 0; group < locations_.groups().size(); ++group)
      written_.push_back(write_events(group));
    archive_.check(OTF2_Archive_CloseEvtFiles(archive_.get()));
    write_local_definitions();
    for (const Otf2Written& it : written_) end_ = std::max(end_, it.end);
    write_otf2_definitions(archive_, traces_, locations_, written_, end_, references_);
    write_otf2_markers(archive_, traces_, locations_, written_);
    archive_.close();
    return counts_;
  }

 private:
  void describe() {
    const std::string command = storage::stored_text(traces_.processes().front().command);
    const std::string id = fmt::format("{:016x}", traces_.trace_id());
    archive_.check(OTF2_Archive_SetCreator(archive_.get(), "foundation " FOUNDATION_VERSION));
    archive_.check(OTF2_Archive_SetDescription(archive_.get(), command.c_str()));
    archive_.check(
        OTF2_Archive_SetProperty(archive_.get(), "FOUNDATION::TRACE_ID", id.c_str(), true));
  }

  /// Readers want a file of each location, even of those without events.
  Otf2Written write_events(std::uint32_t group) {
    const Otf2Group& it = locations_.groups()[group];
    std::vector<Otf2EventWriter> writers;
    for (std::uint32_t thread = 0; thread < it.threads; ++thread)
      writers.emplace_back(archive_, traces_, references_, Otf2Locations::location(group, thread));
    Otf2Written written;
    if (it.process >= 0) translate(static_cast<std::uint32_t>(it.process), writers, written);
    for (Otf2EventWriter& writer : writers) written.events.push_back(writer.close());
    return written;
  }
  void translate(std::uint32_t process, std::vector<Otf2EventWriter>& writers,
                 Otf2Written& written) {
    const RecordSink sink = [&](std::uint32_t stream, const Record& record) {
      writers[stream].write(record);
    };
    Otf2Translator translator{traces_, process, options_, sink};
    analysis::EventMerge events{traces_, analysis::EventMerge::Only{process}};
    while (const analysis::TimedEvent* event = events.next()) translator.event(*event);
    written.open = translator.open();
    translator.finish(end_);
    written.end = translator.last();
    counts_ += translator.counts();
  }
  void write_local_definitions() {
    archive_.check(OTF2_Archive_OpenDefFiles(archive_.get()));
    for (std::uint32_t group = 0; group < locations_.groups().size(); ++group)
      for (std::uint32_t thread = 0; thread < locations_.groups()[group].threads; ++thread) {
        OTF2_DefWriter* const writer = archive_.check(
            OTF2_Archive_GetDefWriter(archive_.get(), Otf2Locations::location(group, thread)));
        archive_.check(OTF2_Archive_CloseDefWriter(archive_.get(), writer));
      }
    archive_.check(OTF2_Archive_CloseDefFiles(archive_.get()));
  }

  const analysis::TraceSet& traces_;
  const ExportOptions& options_;
  Otf2Locations locations_;
  analysis::TraceTime end_;
  Otf2References references_;
  Otf2Archive archive_;
  std::vector<Otf2Written> written_;  ///< by group
  Otf2Counts counts_;
};

}  // namespace

void require_otf2() {}

Otf2Counts export_otf2(const analysis::TraceSet& traces, const ExportOptions& options,
                       const std::filesystem::path& folder) {
  return Export{traces, options, folder}.run();
}

}  // namespace foundation::exports
