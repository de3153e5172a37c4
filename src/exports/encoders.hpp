#pragma once

#include <memory>

#include "exports/encoder.hpp"

namespace foundation::exports {

[[nodiscard]] std::unique_ptr<Encoder> make_chrome(const analysis::TraceSet& traces,
                                                   const ExportOptions& options,
                                                   const Writer& write);
[[nodiscard]] std::unique_ptr<Encoder> make_csv(const analysis::TraceSet& traces,
                                                const ExportOptions& options, const Writer& write);
[[nodiscard]] std::unique_ptr<Encoder> make_json(const analysis::TraceSet& traces,
                                                 const ExportOptions& options, const Writer& write);
[[nodiscard]] std::unique_ptr<Encoder> make_perfetto(const analysis::TraceSet& traces,
                                                     const ExportOptions& options,
                                                     const Writer& write);

}  // namespace foundation::exports
