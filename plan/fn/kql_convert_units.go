package fn

import (
	"math"

	"goshawk/event"
)

// Units of measure. What a unit is worth in the base unit of its quantity is as defined; those of the list that the reference
// gives and that are not here (tilt, solar temperature) are no multiples.

var kqlUnits = map[string]map[string]float64{
	"angle": kqlScaled(map[string]float64{
		"Radian": 1, "Degree": math.Pi / 180, "Arcminute": math.Pi / 180 / 60, "Arcsecond": math.Pi / 180 / 3600, "Gradian": math.Pi / 200, "Revolution": 2 * math.Pi, "NatoMil": 2 * math.Pi / 6400,
	}, "Radian", "Degree"),
	"energy": kqlScaled(map[string]float64{
		"Joule": 1, "BritishThermalUnit": 1055.05585262, "Calorie": 4.184, "DecathermEc": 1.05505585262e9, "DecathermImperial": 1.05505585257348e9, "DecathermUs": 1.054804e9, "ElectronVolt": 1.602176565e-19, "Erg": 1e-7,
		"FootPound": 1.355817948, "HorsepowerHour": 2684519.5376961729, "ThermEc": 1.05505585262e8, "ThermImperial": 1.05505585257348e8, "ThermUs": 1.054804e8, "WattDay": 86400, "WattHour": 3600,
	}, "Joule", "BritishThermalUnit", "Calorie", "ElectronVolt", "WattDay", "WattHour"),
	"force": kqlScaled(map[string]float64{
		"Newton": 1, "Dyn": 1e-5, "KilogramForce": 9.80665, "KiloPond": 9.80665, "OunceForce": 0.27801385095378125, "Poundal": 0.138254954376, "PoundForce": 4.4482216152605, "ShortTonForce": 8896.443230521, "TonneForce": 9806.65,
	}, "Newton", "PoundForce"),
	"length": kqlScaled(map[string]float64{
		"Meter": 1, "Angstrom": 1e-10, "AstronomicalUnit": 1.495978707e11, "Chain": 20.1168, "DataMile": 1828.8, "DtpPica": 0.0254 / 6, "DtpPoint": 0.0254 / 72, "Fathom": 1.8288, "Foot": 0.3048, "Hand": 0.1016, "Inch": 0.0254,
		"LightYear": 9.4607304725808e15, "Mil": 2.54e-5, "Mile": 1609.344, "NauticalMile": 1852, "Parsec": 3.0856775814913673e16, "PrinterPica": 0.0254 * 12 / 72.27, "PrinterPoint": 0.0254 / 72.27, "Shackle": 27.432,
		"SolarRadius": 6.957e8, "Twip": 0.0254 / 1440, "UsSurveyFoot": 1200.0 / 3937, "Yard": 0.9144,
	}, "Meter", "LightYear", "Parsec", "Inch"),
	"mass": kqlScaled(map[string]float64{
		"Gram": 1e-3, "EarthMass": 5.9722e24, "Grain": 64.79891e-6, "LongHundredweight": 50.80234544, "LongTon": 1016.0469088, "Ounce": 0.028349523125, "Pound": 0.45359237, "ShortHundredweight": 45.359237, "ShortTon": 907.18474,
		"Slug": 14.593902937206365, "SolarMass": 1.98892e30, "Stone": 6.35029318, "Tonne": 1000,
	}, "Gram", "Pound", "Tonne"),
	"speed": kqlSpeeds(),
	"volume": kqlScaled(map[string]float64{
		"CubicMeter": 1, "Liter": 1e-3, "AcreFoot": 1 / 0.000810714, "AuTablespoon": 20e-6, "BoardFoot": 0.002359737216, "CubicCentimeter": 1e-6, "CubicDecimeter": 1e-3, "CubicFoot": 0.028316846592, "CubicHectometer": 1e6,
		"CubicInch": 1.6387064e-5, "CubicKilometer": 1e9, "CubicMicrometer": 1e-18, "CubicMile": 4168181825.440579584, "CubicMillimeter": 1e-9, "CubicYard": 0.764554857984, "ImperialBeerBarrel": 0.16365924, "ImperialGallon": 0.00454609,
		"ImperialOunce": 2.84130625e-5, "ImperialPint": 5.6826125e-4, "MetricCup": 0.00025, "MetricTeaspoon": 5e-6, "OilBarrel": 0.158987294928, "UkTablespoon": 15e-6, "UsBeerBarrel": 0.117347765304, "UsCustomaryCup": 0.0002365882365,
		"UsGallon": 0.003785411784, "UsLegalCup": 0.00024, "UsOunce": 2.95735295625e-5, "UsPint": 0.000473176473, "UsQuart": 0.000946352946, "UsTablespoon": 1.478676478125e-5, "UsTeaspoon": 4.92892159375e-6,
		"DecausGallon": 0.03785411784, "DeciusGallon": 0.0003785411784, "HectousGallon": 0.3785411784, "KilousGallon": 3.785411784, "MegausGallon": 3785.411784, "KiloimperialGallon": 4.54609, "MegaimperialGallon": 4546.09,
		"HectocubicFoot": 2.8316846592, "KilocubicFoot": 28.316846592, "MegacubicFoot": 28316.846592, "HectocubicMeter": 100, "KilocubicMeter": 1000,
	}, "Liter"),
}

// kqlScaled adds the multiples of units that prefixes name.
func kqlScaled(units map[string]float64, of ...string) map[string]float64 {
	for prefix, factor := range map[string]float64{
		"Nano": 1e-9, "Micro": 1e-6, "Milli": 1e-3, "Centi": 1e-2, "Deci": 1e-1, "Deca": 10, "Hecto": 100, "Kilo": 1e3, "Mega": 1e6, "Giga": 1e9, "Tera": 1e12,
	} {
		for _, unit := range of {
			name := prefix + string(unit[0]+'a'-'A') + unit[1:]
			if _, there := units[name]; !there {
				units[name] = factor * units[unit]
			}
		}
	}
	return units
}

func kqlSpeeds() map[string]float64 {
	speeds := map[string]float64{"Knot": 1852.0 / 3600}
	lengths := map[string]float64{
		"Meter": 1, "Centimeter": 1e-2, "Decimeter": 1e-1, "Kilometer": 1e3, "Micrometer": 1e-6, "Millimeter": 1e-3, "Nanometer": 1e-9, "Foot": 0.3048, "Inch": 0.0254, "Mile": 1609.344, "UsSurveyFoot": 1200.0 / 3937, "Yard": 0.9144,
	}
	for length, meters := range lengths {
		for time, seconds := range map[string]float64{"Second": 1, "Minute": 60, "Hour": 3600} {
			speeds[length+"Per"+time] = meters / seconds
		}
	}
	return speeds
}

// kqlTemperatures are the scales of temperature: a degree in kelvins, and its zero in kelvins.
var kqlTemperatures = map[string][2]float64{
	"Kelvin": {1, 0}, "DegreeCelsius": {1, 273.15}, "MillidegreeCelsius": {1e-3, 273.15}, "DegreeFahrenheit": {5.0 / 9, 459.67 * 5 / 9}, "DegreeRankine": {5.0 / 9, 0}, "DegreeReaumur": {1.25, 273.15},
	"DegreeRoemer": {40.0 / 21, 273.15 - 7.5*40/21}, "DegreeNewton": {100.0 / 33, 273.15}, "DegreeDelisle": {-2.0 / 3, 373.15},
}

var _ = define(Func{
	Name: "kql_convert_unit", Doc: "A number of one unit of a quantity (angle, energy, force, length, mass, speed, temperature or volume) in another unit; Null for a unit that is none of it.",
	Params: []Param{required("quantity", "string"), required("number", "real"), required("from", "string"), required("to", "string")}, Result: "real", Strict: true,
	Eval: func(args []event.Value) event.Value {
		if !isNumber(args[1]) {
			return null
		}
		n, quantity, from, to := args[1].Float(), args[0].Text(), args[2].Text(), args[3].Text()
		if quantity == "temperature" {
			a, okA := kqlTemperatures[from]
			b, okB := kqlTemperatures[to]
			if !okA || !okB {
				return null
			}
			return float((n*a[0] + a[1] - b[1]) / b[0])
		}
		a, okA := kqlUnits[quantity][from]
		b, okB := kqlUnits[quantity][to]
		if !okA || !okB {
			return null
		}
		return float(n * a / b)
	},
	Examples: []Example{
		example(float(0.5), text("volume"), whole(500), text("Milliliter"), text("Liter")), example(float(0.12), text("force"), float(1.2), text("Newton"), text("Decanewton")),
		example(float(3.9370078740157477), text("length"), float(1.2), text("Meter"), text("Foot")), example(float(2.6455471462185307), text("mass"), float(1.2), text("Kilogram"), text("Pound")),
		example(float(-273.15), text("temperature"), whole(0), text("Kelvin"), text("DegreeCelsius")), example(null, text("mass"), whole(1), text("Meter"), text("Pound")),
	},
})
