package io.yardmaster.dispatcher.doctor;

/// One line of the page.
///
/// @param check the check's name
/// @param why what depends on it
public record Finding(String check, String why, Verdict verdict) {}
