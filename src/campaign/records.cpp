#include "campaign/records.hpp"

#include <cstring>

#include "core/contracts.hpp"

namespace foundation::campaign {

void encode_results(const ResultsHeader& header, std::span<const model::CellResult> cells,
                    std::span<const std::string> outputs, std::vector<std::byte>& payload) {
  EXPECTS(header.count == cells.size());
  EXPECTS(outputs.empty() == (header.has_outputs == 0));
  EXPECTS(outputs.empty() || outputs.size() == cells.size());
  payload.resize(sizeof header + cells.size_bytes());
  std::memcpy(payload.data(), &header, sizeof header);
  if (!cells.empty()) std::memcpy(payload.data() + sizeof header, cells.data(), cells.size_bytes());
  if (outputs.empty()) return;
  core::Encoder texts;
  for (const std::string& output : outputs) texts << output;
  payload.insert(payload.end(), texts.bytes().begin(), texts.bytes().end());
}

ResultsView decode_results(std::span<const std::byte> payload) {
  core::Decoder decoder{payload};
  ResultsView view;
  std::memcpy(&view.header, decoder.take(sizeof view.header).data(), sizeof view.header);
  const std::size_t count = view.header.count;
  const auto refuse = [](const char* why) {
    throw core::Error{core::ErrorKind::corrupt_data, why};
  };
  if (count > decoder.left() / sizeof(model::CellResult))
    refuse("a results record names more cells than it holds");
  if (!model::is_known(view.header.split) || view.header.has_outputs > 1)
    refuse("a results record has an impossible header");
  const auto raw = decoder.take(count * sizeof(model::CellResult));
  view.cells.resize(count);
  if (count != 0) std::memcpy(view.cells.data(), raw.data(), raw.size());
  if (view.header.has_outputs == 1) {
    view.outputs.resize(count);
    for (std::string& output : view.outputs) decoder >> output;
  }
  decoder.finish();
  return view;
}

}  // namespace foundation::campaign
