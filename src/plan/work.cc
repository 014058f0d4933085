#include "plan/work.h"

namespace privquant {

std::string_view name_of(WorkKind kind) {
  constexpr std::array<std::string_view, work_kinds> names{"base_ot",
                                                           "short_ot",
                                                           "wide_ot",
                                                           "triple",
                                                           "softspoken2_cot",
                                                           "softspoken4_cot",
                                                           "softspoken8_cot",
                                                           "ferret_cot",
                                                           "packed_cot",
                                                           "triple_half",
                                                           "seed_pads",
                                                           "pad",
                                                           "packed_pad",
                                                           "convolution_byte",
                                                           "byte",
                                                           "product",
                                                           "value",
                                                           "lattice_butterfly",
                                                           "lattice_residue",
                                                           "round"};
  return names.at(static_cast<std::size_t>(kind));
}

ByWorkKind& ByWorkKind::operator+=(const ByWorkKind& more) {
  for (std::size_t i = 0; i < work_kinds; ++i) values_.at(i) += more.values_.at(i);
  return *this;
}

double ByWorkKind::operator*(const ByWorkKind& other) const {
  double sum = 0;
  for (std::size_t i = 0; i < work_kinds; ++i) sum += values_.at(i) * other.values_.at(i);
  return sum;
}

Calibration default_calibration() {
  Calibration seconds;
  seconds[WorkKind::base_ot] = 100e-6;
  seconds[WorkKind::short_ot] = 36e-9;
  seconds[WorkKind::wide_ot] = 80e-9;
  seconds[WorkKind::triple] = 60e-9;
  seconds[WorkKind::softspoken2_cot] = 27e-9;
  seconds[WorkKind::softspoken4_cot] = 17e-9;
  seconds[WorkKind::softspoken8_cot] = 47e-9;
  seconds[WorkKind::ferret_cot] = 33e-9;
  seconds[WorkKind::packed_cot] = 1e-9;
  seconds[WorkKind::triple_half] = 5e-9;
  seconds[WorkKind::seed_pads] = 42e-9;
  seconds[WorkKind::pad] = 7.5e-9;
  seconds[WorkKind::packed_pad] = 2.6e-9;
  seconds[WorkKind::convolution_byte] = 1.5e-9;
  seconds[WorkKind::byte] = 1e-9;
  seconds[WorkKind::product] = 0;
  seconds[WorkKind::value] = 4e-9;
  // Measured where Ferret's COTs took 1.8 times as long, and divided by that.
  seconds[WorkKind::lattice_butterfly] = 0.6e-9;
  seconds[WorkKind::lattice_residue] = 0.2e-9;
  seconds[WorkKind::round] = 180e-6;
  return seconds;
}

}  // namespace privquant
