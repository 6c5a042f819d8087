"""Function words of the languages we know best: short lists, left out on demand."""

from functools import lru_cache

_ARABIC_PREFIXES = ("", "و", "ف")

_WORDS = {
    "ar": """
        من إلى عن على في مع بين منذ حتى خلال بعد قبل عند عندما لدى دون بدون ضد نحو حول فوق تحت
        أمام وراء خلف عبر ضمن حسب وفق إثر أو أم ثم لكن بل لا لم لن ما إن أن إذا إذ لو لولا كي لكي
        حين حينما بينما كما كلما لأن لأنه لأنها بأن بأنه بأنها أنه أنها أنهم إنه إنها كأن قد لقد سوف
        كان كانت كانوا يكون تكون ليس ليست هو هي هم هن هما نحن أنا أنت أنتم هذا هذه هذان هاتان
        هؤلاء ذلك تلك أولئك هنا هناك حيث الذي التي الذين اللذين اللذان اللتان اللواتي اللاتي
        كل بعض أي أية غير سوى كلا كلتا جدا فقط أيضا له لها لهم لنا لي لك به بها بهم فيه فيها فيهم
        منه منها منهم عنه عنها عنهم عليه عليها عليهم إليه إليها إليهم معه معها معهم كيف متى أين
        لماذا
        ماذا هل مما عما ممن فيما بما لما مثل هكذا كذلك لذلك بذلك يا إلا أما إما قال قالت
    """,
    "fr": """
        le la les l un une des du de d à au aux en dans par pour sur sous avec sans vers chez entre
        contre depuis pendant avant après lors et ou où mais donc or ni car si que qu qui quoi dont
        lequel laquelle lesquels lesquelles ce c cet cette ces cela ça ceci celui celle ceux celles
        je j tu il elle on nous vous ils elles me m te t se s lui leur leurs y moi toi soi eux mon
        ma mes ton ta tes son sa ses notre nos votre vos ne n pas plus moins très aussi ainsi alors
        comme quand comment pourquoi même mêmes tout toute tous toutes autre autres être est sont
        était étaient été sera seront serait soit étant avoir a ont avait avaient eu aura auront
        aurait ait ayant fait peut
    """,
    "en": """
        a an the and or but nor if then than because while although though of to in on at by for
        with without from into onto over under about above below between through during before
        after since until against among as i me my mine myself we us our ours you your yours he
        him his himself she her hers herself it its itself they them their theirs themselves this
        that these those who whom whose which what when where why how is am are was were be been
        being has have had having do does did doing done will would shall should can could may
        might must not no only just also too very so such there here all any both each few more
        most other some own same up down out off again once said says
    """,
    "fa": """
        و در به از که این آن را با برای تا بر یا هم نیز اما ولی اگر چون زیرا پس بی جز مگر بین میان
        روی زیر پیش بعد قبل درباره علیه طی هر همه هیچ چند چه چرا کجا کی کدام چگونه همین همان چنین
        چنان دیگر یک خود من تو او ما شما آنها ایشان وی است هست هستند بود بودند باشد باشند شد شدند
        شده می‌شود می‌شوند خواهد خواهند نیست نیستند کرد کردند کرده می‌کند می‌کنند کند کنند داشت
        دارد دارند گفت باید شاید اینکه آنکه بلکه همچنین
    """,
    "ur": """
        کا کی کے کو نے سے میں پر تک اور یا مگر لیکن اگر تو کہ جو جس جن جب جہاں جیسے یہ وہ اس ان
        انہوں ہم تم آپ میں مجھے ہمیں انہیں اسے اپنا اپنی اپنے ہے ہیں تھا تھی تھے ہو ہوں ہوا ہوئی
        ہوئے
        ہونے ہوتا ہوتی ہوتے گا گی گے رہا رہی رہے گیا گئی گئے کیا کیے کر کرنے کرتا کرتے بھی ہی نہ
        نہیں
        کوئی کچھ سب بعد پہلے لیے ساتھ بارے دوران کیوں کیسے کہاں کب ایک جا دیا دی
    """,
    "es": """
        el la los las lo un una unos unas de del a al en por para con sin sobre bajo entre desde
        hasta hacia contra durante según tras ante y e o u ni pero sino aunque porque pues si que
        quien quienes cual cuales cuyo cuya donde cuando como qué quién cuál dónde cuándo cómo yo
        tú él ella ello nosotros vosotros ellos ellas usted ustedes me te se nos os le les mi mis
        tu tus su sus nuestro nuestra nuestros nuestras este esta esto estos estas ese esa eso esos
        esas aquel aquella aquellos aquellas no sí más menos muy ya también tampoco sólo solo así
        es son era eran fue fueron ser sido siendo será serán sería sea está están estaba ha han
        había habían haber hay tiene tienen todo toda todos todas otro otra otros otras
    """,
    "de": """
        der die das den dem des ein eine einen einem einer eines kein keine keinen keinem keiner
        und oder aber denn sondern doch als wie wenn weil dass ob während obwohl damit in im an am
        auf aus bei beim mit nach seit von vom vor zu zum zur für durch gegen ohne um über unter
        zwischen hinter neben bis ich mich mir du dich dir er ihn ihm sie es wir uns ihr euch ihnen
        mein dein sein seine seinen seinem seiner ihre ihren ihrem ihrer unser euer sich dieser
        diese dieses diesen diesem jener jene welche welcher welches wer was wo wann warum man ist
        sind war waren bin bist sei gewesen wird werden wurde wurden worden hat haben hatte hatten
        kann können konnte soll sollen muss müssen will wollen nicht nur auch noch schon sehr mehr
        so da dann hier dort alle alles
    """,
    "it": """
        il lo la i gli le l un uno una di del dello della dei degli delle dell a al allo alla ai
        agli alle all da dal dallo dalla dai dagli dalle dall in nel nello nella nei negli nelle
        nell su sul sullo sulla sui sugli sulle sull con per tra fra e ed o ma se che chi cui quale
        quali dove quando come perché anche non più meno molto già così io tu lui lei noi voi loro
        mi ti si ci vi ne mio mia tuo tua suo sua suoi sue nostro nostra vostro questo questa
        questi queste quello quella quelli quelle è sono era erano essere stato stata stati state
        sarà ha hanno aveva avevano avere ho tutto tutta tutti tutte altro altra altri altre
    """,
    "pt": """
        o a os as um uma uns umas de do da dos das em no na nos nas num numa por pelo pela pelos
        pelas para com sem sobre sob entre desde até contra durante após ante e ou nem mas porém se
        que quem qual quais cujo cuja onde quando como porque eu tu ele ela nós vós eles elas você
        vocês me te se lhe lhes nos meu minha teu tua seu sua seus suas nosso nossa este esta isto
        estes estas esse essa isso esses essas aquele aquela aquilo àquele ao aos à às não sim mais
        menos muito já também só é são era eram foi foram ser sido sendo será serão seria seja está
        estão estava ter tem têm tinha há havia todo toda todos todas outro outra outros outras
    """,
    "tr": """
        ve veya ya ile de da ki ama fakat ancak çünkü eğer ise için gibi kadar göre karşı doğru
        sonra önce beri üzere rağmen ben sen o biz siz onlar bana sana ona bize size onlara beni
        seni onu bizi sizi onları benim senin onun bizim sizin onların bu şu bunlar şunlar bunu
        şunu buna şuna bunun şunun burada orada kim ne nasıl neden niçin niye nerede hangi kaç mi
        mı mu mü bir her hiç bazı bütün tüm çok daha en az değil var yok olan olarak oldu olduğu
        olduğunu olacak olması etti eden edildi dedi hem bile sadece yalnız artık böyle şöyle öyle
    """,
}


@lru_cache(maxsize=32)
def stop_words(language: str | None) -> frozenset[str]:
    """Return the function words of ``language`` as they are written; none for others.

    Fold them with the same `Folding` as the text before comparing. Arabic words also come with
    the conjunctions ``و`` and ``ف`` written on to them.

    Parameters
    ----------
    language
        ISO 639-1: ``ar``, ``fr``, ``en``, ``fa``, ``ur``, ``es``, ``de``, ``it``, ``pt``, ``tr``.
    """
    words = _WORDS.get(language or "", "").split()
    prefixes = _ARABIC_PREFIXES if language == "ar" else ("",)
    return frozenset(prefix + word for prefix in prefixes for word in words)
