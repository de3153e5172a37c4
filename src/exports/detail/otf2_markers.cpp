#include "exports/detail/otf2_markers.hpp"

#include <string>

#include <fmt/format.h>

#include "exports/detail/otf2_event_writer.hpp"
#include "storage/column.hpp"

namespace foundation::exports::detail {
namespace {

/// Kinds of markers, each of which is defined when the first one of it comes.
class Markers {
 public:
  explicit Markers(const Otf2Archive& archive) : archive_{archive} {}

  void recording_ends(std::uint32_t group, analysis::TraceTime at, const std::string& text) {
    mark(recording_ends_, "end of recording", OTF2_SEVERITY_HIGH,
         {at, OTF2_MARKER_SCOPE_LOCATION_GROUP, group}, text);
  }
  void events_lost(OTF2_LocationRef location, analysis::TraceTime at, const std::string& text) {
    mark(events_lost_, "events lost", OTF2_SEVERITY_MEDIUM,
         {at, OTF2_MARKER_SCOPE_LOCATION, location}, text);
  }
  void close() {
    if (writer_ != nullptr) archive_.check(OTF2_Archive_CloseMarkerWriter(archive_.get(), writer_));
  }

 private:
  struct Kind {
    OTF2_MarkerRef reference;
    bool is_defined = false;
  };
  struct Where {
    analysis::TraceTime at;
    OTF2_MarkerScope scope;
    std::uint64_t what;
  };
  void mark(Kind& kind, const char* name, OTF2_MarkerSeverity severity, const Where& where,
            const std::string& text) {
    if (writer_ == nullptr) writer_ = archive_.check(OTF2_Archive_GetMarkerWriter(archive_.get()));
    if (!kind.is_defined)
      archive_.check(
          OTF2_MarkerWriter_WriteDefMarker(writer_, kind.reference, "foundation", name, severity));
    kind.is_defined = true;
    archive_.check(OTF2_MarkerWriter_WriteMarker(writer_, otf2_time(where.at), 0, kind.reference,
                                                 where.scope, where.what, text.c_str()));
  }

  const Otf2Archive& archive_;
  OTF2_MarkerWriter* writer_ = nullptr;  ///< the archive owns it
  Kind recording_ends_{0};
  Kind events_lost_{1};
};

}  // namespace

void write_otf2_markers(const Otf2Archive& archive, const analysis::TraceSet& traces,
                        const Otf2Locations& locations, const std::vector<Otf2Written>& written) {
  Markers markers{archive};
  for (std::uint32_t i = 0; i < traces.processes().size(); ++i) {
    const trace::EventSource& recording = *traces.processes()[i].recording;
    const std::uint32_t group = locations.group_of(i);
    const Otf2Written& it = written[group];
    if (!recording.facts().closed)
      markers.recording_ends(
          group, it.end,
          storage::stored_text(fmt::format(
              "the recording of {} ends here{}{}, before the process said that it was done",
              locations.groups()[group].name, it.open ? ", inside " : "",
              it.open ? traces.regions()[*it.open].name : "")));
    for (std::uint32_t thread = 0; thread < recording.streams().size(); ++thread)
      if (const std::uint64_t lost = recording.streams()[thread].dropped; lost > 0)
        markers.events_lost(Otf2Locations::location(group, thread), it.end,
                            fmt::format("{} events found no room in the recording", lost));
  }
  markers.close();
}

}  // namespace foundation::exports::detail
